// Drag a session onto another day: the same preview as the form on its page, nothing is saved by dropping.
const grid = document.querySelector("[data-drag]");
const form = document.getElementById("week-move");
let held = null;

const dayUnder = (event) => event.target.closest(".week-day[data-day]");
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
    form.action = `${held.dataset.move}/doi`;
    form.elements.namedItem("date").value = day.dataset.day;
    form.elements.namedItem("time").value = held.dataset.time;
    form.submit();
  });
  grid.addEventListener("dragend", () => { held = null; clear(); });
}
