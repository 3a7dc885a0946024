// The few things HTML cannot do alone: say what a request brought, copy a text, open and close small menus.
(() => {
  "use strict";
  const said = document.getElementById("said");
  let gone = 0;

  function say(words) {
    if (!said || !words) return;
    said.textContent = words;
    clearTimeout(gone);
    gone = setTimeout(() => { said.textContent = ""; }, 8000);
  }

  window.followup = { say };
  document.addEventListener("htmx:response:error", () => say(said?.dataset.failed));
  document.addEventListener("htmx:error", () => say(said?.dataset.offline));

  // A text that changes under the reader's hands is worse than an old one: polls wait while a row is used.
  document.addEventListener("htmx:config:request", (event) => {
    const asks = event.detail.ctx.sourceElement;
    if (asks.matches("#strip") && asks.querySelector("details[open]")) event.preventDefault();
  });

  // Without https there is no clipboard to write to; then the text is selected and copied the old way.
  async function copy(element) {
    if (navigator.clipboard) return navigator.clipboard.writeText(element.textContent);
    getSelection().selectAllChildren(element);
    if (!document.execCommand("copy")) throw new Error("not copied");
    return undefined;
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-prints]")) window.print();
    const copier = event.target.closest("[data-copies]");
    if (copier) {
      copy(document.getElementById(copier.dataset.copies)).then(() => say(copier.dataset.copied), () => say(copier.dataset.failed));
    }
    const sure = event.target.closest("[data-sure]");
    if (sure && !window.confirm(sure.dataset.sure)) event.preventDefault();
    if (event.target.closest("[data-prints]")) window.print();
    for (const menu of document.querySelectorAll("details.me[open]")) if (!menu.contains(event.target)) menu.open = false;
  });

  // A warning that comes pushes the page down; it is scrolled by as much, so that no row moves under a pointer.
  const strip = document.getElementById("strip");
  if (strip) {
    let height = strip.offsetHeight;
    new ResizeObserver(() => {
      const grown = strip.offsetHeight - height;
      height += grown;
      if (grown && document.querySelector("main:hover")) window.scrollBy({ top: grown, behavior: "instant" });
    }).observe(strip);
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
  });
})();
