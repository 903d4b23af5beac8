// When a page removes or hides the element that has the keyboard focus, the browser focuses nothing,
// and a keyboard or a screen reader begins again at the top. focusIfLost moves the focus instead.
(() => {
  let last = null; // the element that got the focus last

  addEventListener("focusin", (event) => {
    last = event.target;
  });

  const isGone = (element) => element !== null && element.getClientRects().length === 0;

  // Focus an element, or the field inside it, if the one that had the focus is gone.
  window.focusIfLost = (id) =>
    requestAnimationFrame(() => {
      const element = getHtmlElement(id);
      if (!element || !isGone(last) || document.activeElement !== document.body) return;
      const target = element.querySelector("textarea, input") ?? element;
      target.focus({ preventScroll: true });
    });
})();
