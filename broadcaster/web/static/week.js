// Drag a session onto another day, or move it with Shift and the arrows: the same preview as the form on its page,
// nothing is saved by dropping.
const grid = document.querySelector("[data-drag]");
const form = document.getElementById("week-move");
let held = null;

const dayUnder = (event) => event.target.closest(".week-day[data-day]");
const STEP_MINUTES = 15;

const pad = (number) => String(number).padStart(2, "0");

const propose = (slot, day, time) => {
  form.action = `${slot.dataset.move}/doi`;
  form.elements.namedItem("date").value = day;
  form.elements.namedItem("time").value = time;
  form.submit();
};

const otherDay = (slot, days) => {
  const day = new Date(`${slot.closest("[data-day]").dataset.day}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() + days);
  return day.toISOString().slice(0, 10);
};

const otherTime = (slot, minutes) => {
  const [hours, mins] = slot.dataset.time.split(":").map(Number);
  const all = (hours * 60 + mins + minutes + 1440) % 1440;
  return `${pad(Math.floor(all / 60))}:${pad(all % 60)}`;
};

const clear = () => grid.querySelectorAll(".drop").forEach((day) => day.classList.remove("drop"));

if (grid && form) {
  grid.addEventListener("dragstart", (event) => {
    held = event.target.closest("[data-move]");
    if (!held) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", held.dataset.move);
  });
  grid.addEventListener("dragover", (event) => {
    const day = dayUnder(event);
    if (!held || !day || day.classList.contains("past")) return;
    event.preventDefault();
    clear();
    day.classList.add("drop");
  });
  grid.addEventListener("drop", (event) => {
    const day = dayUnder(event);
    if (!held || !day) return;
    event.preventDefault();
    if (held.dataset.move.endsWith(`/${day.dataset.day}`)) return;
    propose(held, day.dataset.day, held.dataset.time);
  });
  grid.addEventListener("dragend", () => { held = null; clear(); });
  grid.addEventListener("keydown", (event) => {
    const slot = event.shiftKey && event.target.closest("[data-move]");
    const days = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const minutes = { ArrowUp: -STEP_MINUTES, ArrowDown: STEP_MINUTES }[event.key];
    if (!slot || (!days && !minutes)) return;
    event.preventDefault();
    propose(slot, otherDay(slot, days ?? 0), minutes ? otherTime(slot, minutes) : slot.dataset.time);
  });
}
