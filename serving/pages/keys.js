// Keys that are reported to the server. Escape anywhere on a page becomes the event "escape". The
// arrow keys left and right become the event "arrow" while the focus is in an element of the class
// "takes-arrows"; up and down scroll. A key that is held down counts once.
document.addEventListener("keydown", (event) => {
  if (event.repeat || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (event.target.closest?.("input, textarea, select, [role=dialog]")) return;
  if (event.key === "Escape") emitEvent("escape");
  const isArrow = ["ArrowLeft", "ArrowRight"].includes(event.key);
  if (isArrow && event.target.closest?.(".takes-arrows")) {
    event.preventDefault();
    emitEvent("arrow", event.key);
  }
});
