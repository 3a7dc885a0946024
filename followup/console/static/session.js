// Warn before the session ends. Only the server knows when: another tab may have been used, so it is asked first.
(() => {
  "use strict";
  const dialog = document.getElementById("session-ends");
  const { sessionLeft, sessionUrl, signIn } = document.body.dataset;
  if (!dialog || !sessionLeft) return;

  const WARN = 120; // seconds before the end
  const stays = dialog.querySelector("[data-stays]");
  const count = dialog.querySelector("[data-counts]");
  let ends = Date.now() + Number(sessionLeft) * 1000;
  let asking = false;

  const left = () => Math.round((ends - Date.now()) / 1000);

  async function ask(method) {
    asking = true;
    try {
      const token = document.querySelector("input[name=csrf_token]").value;
      const answer = await fetch(sessionUrl, { method, headers: { "X-CSRFToken": token, "HX-Request": "true" } });
      if (answer.ok) ends = Date.now() + Number(await answer.text()) * 1000;
      else if (answer.status === 401) ends = 0;
    } catch { /* the server does not answer: the count goes on by itself */ }
    asking = false;
  }

  function leave() {
    location.assign(`${signIn}?next=${encodeURIComponent(location.pathname + location.search)}`);
  }

  async function look() {
    if (asking) return;
    if (left() <= WARN && !dialog.open) await ask("GET");
    if (left() <= 0) return leave();
    if (left() > WARN) {
      if (dialog.open) dialog.close();
      return;
    }
    count.textContent = `${Math.floor(left() / 60)}:${String(left() % 60).padStart(2, "0")}`;
    if (!dialog.open) dialog.showModal();
  }

  stays.addEventListener("click", async () => {
    await ask("POST");
    if (left() > WARN) dialog.close();
    else stays.hidden = true; // the longest a session may last is reached: nothing makes it longer
  });
  setInterval(look, 1000);
  document.addEventListener("visibilitychange", look); // a sleeping computer's timers slept too
})();
