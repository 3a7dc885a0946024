// The worklist: what comes is shown by itself while nobody is at the list, and announced while somebody is.
(() => {
  "use strict";
  const UNDO = 20000; // ms in which a row just dealt with stays, so that it can be taken back
  const busy = () => document.querySelector("#work tbody:hover, #work tbody:focus-within, #work [data-open]")
    || [...document.querySelectorAll("#work tbody.done")].some((row) => Date.now() - (row.since ||= Date.now()) < UNDO);

  function renew() {
    const news = document.getElementById("news");
    if (!news?.dataset.fresh || busy()) return;
    htmx.ajax("GET", location.href, { target: "#work", select: "#work", swap: "outerHTML" });
  }

  document.addEventListener("htmx:after:swap", () => {
    renew();
    for (const told of document.querySelectorAll("#work [data-says]")) {
      followup.say(told.dataset.says);
      delete told.dataset.says;
      (told.querySelector("[data-focus], [data-row-link]") || told).focus({ preventScroll: true });
    }
    const opened = document.querySelector("#work [data-open]:not([data-met])");
    if (opened) {
      opened.dataset.met = "";
      (opened.querySelector("[data-focus]") || opened.querySelector(".big"))?.focus({ preventScroll: true });
    }
  });
  document.addEventListener("pointerout", (event) => { if (event.target.closest("#work tbody")) setTimeout(renew, 400); });
})();
