// When a page removes or hides the element that has the keyboard focus, the browser focuses nothing,
// and a keyboard or a screen reader begins again at the top. focusIfLost moves the focus instead.
(() => {
  let last = null; // the element that got the focus last

  addEventListener("focusin", (event) => {
    last = event.target;
  });

  const isGone = (element) => element !== null && element.getClientRects().length === 0;

  // Focus an element, or the field inside it, if the one that had the focus is gone. This must not
  // wait: the one that had it may be shown again. The browser itself takes the focus from a hidden
  // element only when it draws the page next.
  window.focusIfLost = (id) => {
    const element = getHtmlElement(id);
    const active = document.activeElement;
    if (!element || !isGone(active === document.body ? last : active)) return;
    const target = element.querySelector("textarea, input") ?? element;
    target.focus({ preventScroll: true });
  };

  // Focus an element, unless the focus is in a field that somebody is filling in.
  window.focusUnlessTyping = (id) => {
    const active = document.activeElement;
    const isTyping = active?.matches("textarea, input") && active.value !== "";
    if (!isTyping) getHtmlElement(id)?.focus({ preventScroll: true });
  };
})();
