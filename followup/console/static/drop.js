// A file dropped anywhere on the box is the chosen file; without this script it is chosen as always.
(() => {
  "use strict";
  for (const box of document.querySelectorAll("[data-drop]")) {
    const input = box.querySelector("input[type=file]");
    box.querySelector("[data-drop-hint]").hidden = false;
    const over = (event, on) => { event.preventDefault(); box.classList.toggle("is-over", on); };
    for (const name of ["dragenter", "dragover"]) box.addEventListener(name, (event) => over(event, true));
    box.addEventListener("dragleave", (event) => over(event, false));
    box.addEventListener("drop", (event) => {
      over(event, false);
      if (!event.dataTransfer.files.length) return;
      input.files = event.dataTransfer.files;
      input.form.requestSubmit();
    });
    // Beside the box the browser would open the file in place of the page.
    for (const name of ["dragover", "drop"]) window.addEventListener(name, (event) => event.preventDefault());
  }
})();
