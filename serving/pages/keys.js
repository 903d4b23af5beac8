// Keys that work anywhere on a page. Escape becomes the event "escape". While the page shows an
// element of the class "takes-arrows", an arrow key outside a field becomes the event "arrow".
document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (event.target.closest?.("input, textarea, select, [role=dialog]")) return;
  if (event.key === "Escape") emitEvent("escape");
  const isArrow = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"].includes(event.key);
  if (isArrow && document.querySelector(".takes-arrows")) {
    event.preventDefault();
    emitEvent("arrow", event.key);
  }
});
