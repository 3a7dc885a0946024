// The phones page: asks the carrier once a second what stands on the screens, and passes on what is typed.
// The voice of a call is the browser's own (speechSynthesis); the words come from the carrier.
"use strict";

const $ = (id) => document.getElementById(id);
let shown = "";        // number of the phone on screen
let drawn = 0;         // id of its last bubble on screen
let spoken = 0;        // id of the last words said aloud
let keyed = "";
let state = { phones: [] };

async function get(path) {
  const answer = await fetch("/simulator/api/" + path);
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}

async function post(path, given) {
  const answer = await fetch("/simulator/api/" + path, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(given),
  });
  const words = await answer.text();
  $("trouble").hidden = answer.ok;
  $("trouble").textContent = answer.ok ? "" : words;
}

const act = (what, given = {}) => post(`phones/${shown.slice(1)}/${what}`, given).then(look);

function line(phone) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.number = phone.number;
  button.setAttribute("aria-current", String(phone.number === shown));
  const name = document.createElement("strong");
  name.textContent = phone.name || phone.number;
  const badge = document.createElement("span");
  if (phone.ringing || phone.unread) {
    badge.className = phone.ringing ? "badge rings" : "badge";
    badge.textContent = phone.ringing ? "call" : phone.unread;
  }
  const last = document.createElement("span");
  last.className = "last";
  last.textContent = phone.last || "–";
  button.append(name, badge, last);
  item.append(button);
  return item;
}

function drawList() {
  const wanted = $("find").value.trim().toLowerCase();
  const rows = state.phones.filter((p) => (p.name + p.number).toLowerCase().includes(wanted));
  const focused = document.activeElement?.dataset?.number;
  $("phones").replaceChildren(...rows.map(line));
  if (focused) document.querySelector(`[data-number="${focused}"]`)?.focus();
  $("empty").hidden = state.phones.length > 0;
}

function drawFaults() {
  for (const row of document.querySelectorAll("[data-fault]")) {
    const name = row.dataset.fault, input = row.querySelector("input");
    if (input !== document.activeElement) input.value = state.faults.chances[name];
    const waiting = state.faults.waiting.filter((one) => one === name).length;
    row.querySelector(".count").textContent = (state.faults.struck[name] || 0) + (waiting ? ` (+${waiting})` : "");
  }
}

function bubble(one) {
  const item = document.createElement("li");
  item.className = one.side;
  item.append((one.side === "voicemail" ? "Voicemail: " : "") + one.text);
  const time = document.createElement("time");
  time.dateTime = one.at;
  time.textContent = new Date(one.at).toLocaleString([], { weekday: "short", hour: "2-digit", minute: "2-digit" });
  item.append(time);
  return item;
}

function speak(words, lang) {
  if (!$("aloud").checked || !("speechSynthesis" in window)) return;
  const voice = new SpeechSynthesisUtterance(words);
  voice.lang = lang || "en-US";
  voice.rate = 0.95;
  speechSynthesis.speak(voice);
}

function drawCall(call) {
  $("call").hidden = !call;
  $("compose").hidden = !!call;
  if (!call) { keyed = ""; spoken = 0; window.speechSynthesis?.cancel(); return; }
  const rings = call.state === "ringing" && !call.outgoing;
  $("callstate").textContent = rings ? `${call.other} is calling` : call.state === "ringing" ? "Calling…" : `In a call with ${call.other}`;
  $("ringing").hidden = !rings;
  $("incall").hidden = rings;
  $("said").textContent = call.said.length ? call.said[call.said.length - 1].text : "";
  $("keyed").textContent = keyed;
  for (const words of call.said.filter((one) => one.id > spoken)) {
    spoken = words.id;
    speak(words.text, words.lang);
  }
}

async function look() {
  try {
    state = await get("state");
    $("clock").textContent = new Date(state.now).toLocaleString([], { weekday: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" });
    $("cost").textContent = `· segments out ${state.ledger.segments_out} · calls ${state.ledger.calls} · $${Number(state.ledger.amount).toFixed(2)}`;
    drawList();
    drawFaults();
    if (!shown) return;
    const number = shown, phone = await get(`phones/${number.slice(1)}`);
    if (number !== shown) return;
    $("name").textContent = phone.name || phone.number;
    $("number").textContent = phone.number;
    $("auto").checked = phone.auto;
    $("auto").parentElement.hidden = !phone.scripted;
    const fresh = phone.bubbles.filter((one) => one.id > drawn);
    if (fresh.length) {
      $("talk").append(...fresh.map(bubble));
      drawn = fresh[fresh.length - 1].id;
      $("talk").scrollTop = $("talk").scrollHeight;
    }
    drawCall(phone.call);
  } catch (error) {
    $("clock").textContent = "The carrier does not answer.";
  }
}

function show(number) {
  shown = number; drawn = 0; spoken = 0; keyed = "";
  $("talk").replaceChildren();
  $("phone").hidden = !number;
  $("none").hidden = !!number;
  document.body.classList.toggle("reading", !!number);
  history.replaceState(null, "", number ? "#" + number : location.pathname);
  look().then(() => number && $("text").focus());
}

function press(key) {
  keyed += key;
  $("keyed").textContent = keyed;
  window.speechSynthesis?.cancel();
  act("key", { key });
}

$("phones").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) show(button.dataset.number);
});
$("back").addEventListener("click", () => show(""));
$("find").addEventListener("input", drawList);
$("auto").addEventListener("change", () => act("auto", { on: $("auto").checked }));
$("compose").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("text").value;
  if (!text) return;
  $("text").value = "";
  act("text", { text });
});
$("photo").addEventListener("click", () => act("text", { text: $("text").value, media: 1 }));
$("dial").addEventListener("click", () => act("dial"));
$("pickup").addEventListener("click", () => act("pickup"));
$("decline").addEventListener("click", () => act("hangup"));
$("hangup").addEventListener("click", () => act("hangup"));
$("keypad").addEventListener("click", (event) => event.target.dataset.key && press(event.target.dataset.key));
$("speak").addEventListener("submit", (event) => {
  event.preventDefault();
  const words = $("words").value;
  $("words").value = "";
  if (words) act("say", { words });
});
document.addEventListener("keydown", (event) => {
  // Digits typed anywhere but in a field are keys of the phone, as long as a call is up.
  const typing = event.target.matches("input:not([type=checkbox])");
  if ($("call").hidden || $("incall").hidden || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (/^[0-9*#]$/.test(event.key)) { event.preventDefault(); press(event.key); }
});
document.querySelector(".panel table").addEventListener("change", (event) => {
  const row = event.target.closest("[data-fault]");
  post("faults", { [row.dataset.fault]: Number(event.target.value) }).then(look);
});
document.querySelector(".panel table").addEventListener("click", (event) => {
  const row = event.target.closest("button")?.closest("[data-fault]");
  if (row) post("faults/next", { name: row.dataset.fault }).then(look);
});

show(location.hash.slice(1));
setInterval(look, 1000);
