// Shows the questions and answers that the filter selects, a page at a time. The filter lives in
// the address after "#", so that a link shows what its sender saw. Texts only ever become text.
"use strict";

const PAGE = 100; // questions
const RIGHT = 1;
const LEAKED = 2;
const data = JSON.parse(document.getElementById("data").textContent);
const form = document.getElementById("filter");
const list = document.getElementById("list");
const count = document.getElementById("count");
const more = document.getElementById("more");

// In a frame of the same site, the address is that of the page around it, and so is the theme.
const outer = (() => {
  try {
    return parent.document && parent;
  } catch {
    return window;
  }
})();

// ---- small helpers ----

function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function addField(label, field) {
  field.id = `filter-${form.children.length}`;
  const name = element("label", label);
  name.htmlFor = field.id;
  const wrapper = element("div");
  wrapper.append(name, field);
  form.append(wrapper);
  return field;
}

function addSelect(label, options) {
  const select = element("select");
  setOptions(select, options);
  return addField(label, select);
}

function setOptions(select, options) {
  select.replaceChildren(...options.map(([value, text]) => new Option(text, value)));
}

// ---- the filter ----

const named = (names) => names.map((name) => [name, name]);
const setSelect = addSelect("Set", [["", "all sets"], ...named(data.sets)]);
const topicSelect = addSelect("Topic", []);
const waySelect = addSelect("Asked", [...named(data.ways), ["any", "in any way"]]);
waySelect.parentElement.hidden = data.ways.length === 1;
const modelSelects = data.models.map((model) =>
  addSelect(model, [
    ["", "right or wrong"],
    ["right", "right"],
    ["wrong", "wrong"],
    ...(data.ways.length > 1 ? [["leaked", "leaked"]] : []),
  ]),
);
const differBox = element("input");
differBox.type = "checkbox";
addField("one right, another wrong", differBox).parentElement.className = "check";
differBox.parentElement.hidden = data.models.length === 1;
const textInput = element("input");
textInput.type = "search";
addField("Text in question or answers", textInput);
const clearButton = element("button", "Clear");
clearButton.type = "reset";
form.append(clearButton);

function setTopics() {
  const chosen = topicSelect.value;
  const number = data.sets.indexOf(setSelect.value);
  const inSet = data.questions.filter(([set]) => number < 0 || set === number);
  const topics = [...new Set(inSet.map(([, topic]) => topic))];
  setOptions(topicSelect, [["", "all topics"], ...named(topics)]);
  topicSelect.value = topics.includes(chosen) ? chosen : "";
}

function filterAsHash() {
  const filter = new URLSearchParams();
  const add = (name, value) => name && value && filter.append(name, value);
  add("set", setSelect.value);
  add("topic", topicSelect.value);
  add("asked", waySelect.value === data.ways[0] ? "" : waySelect.value);
  modelSelects.forEach((select, model) => add(select.value, data.models[model]));
  add("differ", differBox.checked ? "1" : "");
  add("text", textInput.value.trim());
  return filter.toString();
}

function readHash() {
  const hash = outer.location.hash.slice(1);
  if (hash && document.getElementById(hash)) return; // a link within the page
  const filter = new URLSearchParams(hash);
  choose(setSelect, filter.get("set"), "");
  setTopics();
  choose(topicSelect, filter.get("topic"), "");
  choose(waySelect, filter.get("asked"), data.ways[0]);
  modelSelects.forEach((select, model) => {
    const kinds = ["right", "wrong", "leaked"];
    const kind = kinds.find((kind) => filter.getAll(kind).includes(data.models[model]));
    choose(select, kind, "");
  });
  differBox.checked = filter.has("differ");
  textInput.value = filter.get("text") ?? "";
  show();
}

function choose(select, value, otherwise) {
  const exists = [...select.options].some((option) => option.value === value);
  select.value = exists ? value : otherwise;
}

// ---- which rows it selects ----

const fits = {
  "": () => true,
  right: (flags) => Boolean(flags & RIGHT),
  wrong: (flags) => !(flags & RIGHT),
  leaked: (flags) => Boolean(flags & LEAKED),
};

function selectedRows() {
  const set = data.sets.indexOf(setSelect.value);
  const topic = topicSelect.value;
  const way = data.ways.indexOf(waySelect.value);
  const kinds = modelSelects.map((select) => fits[select.value]);
  const words = textInput.value.trim().toLowerCase();
  return data.rows.filter((row) => {
    const [number, rowWay, , , answers] = row;
    const question = data.questions[number];
    return (
      (set < 0 || question[0] === set) &&
      (!topic || question[1] === topic) &&
      (way < 0 || rowWay === way) &&
      kinds.every((isKind, model) => isKind(answers[model][1])) &&
      (!differBox.checked || differ(answers)) &&
      (!words || textOf(row).includes(words))
    );
  });
}

function differ(answers) {
  const right = answers.filter(([, flags]) => flags & RIGHT).length;
  return right > 0 && right < answers.length;
}

const texts = new Map(); // made when they are first searched

function textOf(row) {
  if (!texts.has(row)) {
    const [number, , asked, earlier, answers] = row;
    const [, , question, reference] = data.questions[number];
    const parts = [...earlier, asked ?? question, reference, ...answers.map(([text]) => text)];
    texts.set(row, parts.join("\n").toLowerCase());
  }
  return texts.get(row);
}

// ---- showing them ----

let rows = [];
let shown = 0;

function show() {
  rows = selectedRows();
  shown = 0;
  list.replaceChildren();
  const way = data.ways.indexOf(waySelect.value);
  const all = data.rows.filter(([, rowWay]) => way < 0 || rowWay === way).length;
  count.textContent = `${rows.length.toLocaleString("en")} of ${all.toLocaleString("en")} questions`;
  showMore();
}

function showMore() {
  const next = rows.slice(shown, shown + PAGE);
  list.append(...next.map(articleOf));
  shown += next.length;
  more.hidden = shown === rows.length;
  more.textContent = `Show ${Math.min(PAGE, rows.length - shown)} more`;
}

function articleOf([number, way, asked, earlier, answers]) {
  const [set, topic, question, reference] = data.questions[number];
  const article = element("article", undefined, "question");
  const left = element("div");
  const place = [data.sets[set], ...(topic === data.sets[set] ? [] : [topic])];
  if (way > 0) place.push(data.ways[way]);
  left.append(element("p", place.join(" · "), "muted"));
  if (earlier.length) left.append(element("p", `After: ${earlier.join(" → ")}`, "muted"));
  left.append(element("h3", asked ?? question), element("p", `Reference: ${reference}`));
  const right = element("dl", undefined, "answers");
  answers.forEach((answer, model) => right.append(answerOf(answer, data.models[model])));
  article.append(left, right);
  return article;
}

function answerOf([text, flags, bits], model) {
  const group = element("div");
  const isRight = Boolean(flags & RIGHT);
  const mark = element("span", isRight ? "✓ " : "✗ ", isRight ? "right" : "wrong");
  mark.setAttribute("role", "img");
  mark.setAttribute("aria-label", isRight ? "right: " : "wrong: ");
  const answer = element("dd");
  answer.append(mark, text);
  const remarks = [];
  if (flags & LEAKED) remarks.push("leaked");
  if (bits !== undefined) remarks.push(`reference: ${bits} bits`);
  if (remarks.length) answer.append(element("div", remarks.join(", "), "muted"));
  group.append(element("dt", model), answer);
  return group;
}

// ---- events ----

let pause; // in typing

function changed() {
  const hash = filterAsHash();
  const { pathname, search } = outer.location;
  outer.history.replaceState(outer.history.state, "", `${pathname}${search}${hash && `#${hash}`}`);
  show();
}

setSelect.addEventListener("change", setTopics);
form.addEventListener("change", changed);
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => {
  setTimeout(() => {
    setTopics();
    changed();
  });
});
textInput.addEventListener("input", () => {
  clearTimeout(pause);
  pause = setTimeout(changed, 200);
});
more.addEventListener("click", () => {
  const firstNew = shown;
  showMore();
  const heading = list.children[firstNew].querySelector("h3");
  heading.tabIndex = -1; // so that a reader with a keyboard goes on where the list went on
  heading.focus();
});
outer.addEventListener("hashchange", readHash);

if (outer !== window && frameElement) {
  const root = outer.document.documentElement;
  const copyTheme = () => (document.documentElement.dataset.theme = root.dataset.theme ?? "");
  new MutationObserver(copyTheme).observe(root, { attributeFilter: ["data-theme"] });
  copyTheme();
  const resize = () => (frameElement.style.height = `${document.documentElement.offsetHeight}px`);
  new ResizeObserver(resize).observe(document.body); // the page around it scrolls, not the frame
}

form.hidden = false;
readHash();
