// Everything by keyboard. An element says its own key (data-key="g t", "/" or "j"), so that a page's keys and
// the list under "?" cannot differ. Pressing it focuses a field and clicks anything else. The keys of rows
// (data-row-key) work on the row that is current. Single keys can be switched off (WCAG 2.1.4).
(() => {
  "use strict";
  const WAIT = 1500; // ms between the two keys of a pair
  const OFF = "followup.keys.off";
  let first = "";
  let since = 0;

  const off = () => { try { return localStorage.getItem(OFF) === "1"; } catch { return false; } };
  const typing = (target) => target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
  const seen = (element) => element.getClientRects().length > 0;
  const rows = () => [...document.querySelectorAll("[data-row]")].filter(seen);
  const current = () => document.activeElement?.closest("[data-row]") || document.querySelector("[data-row].is-current");

  // What cannot be taken back (signing, taking a warning) is only focused: Enter does it.
  function act(element) {
    if (element.matches("[data-key-focuses]")) element.focus();
    else if (element.matches("input, select, textarea")) { element.focus(); element.select?.(); } else { element.click(); }
  }

  function find(key) {
    const own = current()?.querySelectorAll(`[data-row-key="${CSS.escape(key)}"]`) || [];
    return [...own, ...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find(seen);
  }

  function move(step) {
    const all = rows();
    if (!all.length) return false;
    const at = all.indexOf(current());
    const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + step))];
    all.forEach((row) => row.classList.toggle("is-current", row === next));
    (next.querySelector("[data-row-link]") || next).focus();
    next.scrollIntoView({ block: "nearest" });
    return true;
  }

  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("[data-row]");
    if (row) rows().forEach((other) => other.classList.toggle("is-current", other === row));
  });

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape") {
      const open = event.target.closest("details[open]");
      if (open) { open.open = false; open.querySelector("summary").focus(); }
      else if (typing(event.target)) event.target.blur();
      return;
    }
    if (off() || typing(event.target) || document.querySelector("dialog[open]")) return;
    if (event.key === "Enter" && event.target.closest("a, button, summary, [role=button]")) return; // it does that itself
    // Arrows walk once the focus is on a row; before that they scroll, as everywhere.
    const step = { j: 1, k: -1, ...(event.target.closest("[data-row]") && { ArrowDown: 1, ArrowUp: -1 }) }[event.key];
    if (step) { if (move(step)) event.preventDefault(); return; }
    const pair = first && Date.now() - since < WAIT ? `${first} ${event.key}` : "";
    const found = (pair && find(pair)) || find(event.key);
    first = event.key;
    since = Date.now();
    if (found) { event.preventDefault(); first = ""; act(found); }
  });

  function label(element) {
    return element.dataset.keyName || element.getAttribute("aria-label") || element.placeholder || element.textContent.replace(element.querySelector?.("kbd")?.textContent || "", "").trim();
  }

  function list(dialog) {
    const lines = new Map();
    for (const element of document.querySelectorAll("[data-key], [data-row-key]")) {
      const key = element.dataset.key || element.dataset.rowKey;
      if (!lines.has(key)) lines.set(key, label(element));
    }
    if (rows().length) lines.set("j / k", document.querySelector("[data-rows-name]")?.dataset.rowsName || "↓ ↑");
    dialog.querySelector("dl").replaceChildren(...[...lines].flatMap(([key, name]) => {
      const dt = document.createElement("dt");
      const dd = document.createElement("dd");
      dt.append(...key.split(" ").flatMap((part) => part === "/" && key !== "/" ? [" / "] : [Object.assign(document.createElement("kbd"), { textContent: part }), " "]));
      dd.textContent = name;
      return [dt, dd];
    }));
  }

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.opens);
      if (dialog.id === "keys") list(dialog);
      dialog.showModal();
    }
    event.target.closest("[data-closes]")?.closest("dialog").close();
  });

  document.documentElement.dataset.keys = "ready"; // for whoever presses keys faster than a page loads: a test
  const dial = document.querySelector("[data-keys-on]");
  if (dial) {
    dial.checked = !off();
    dial.addEventListener("change", () => { try { localStorage.setItem(OFF, dial.checked ? "0" : "1"); } catch { /* private window */ } });
  }
})();
