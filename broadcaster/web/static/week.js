// Carry a session to another day with the mouse, or by its handle with a finger; or move it with Shift and the arrows.
// Whichever way, what follows is the same preview as from the form on its page: nothing is saved by letting go.
const grid = document.querySelector("[data-drag]");
const form = document.getElementById("week-move");
const STEP_MINUTES = 15;
const SLACK_PX = 6; // less than this is a press that shook, not a pull
const EDGE_PX = 80; // so near to the edge of the screen the page begins to roll
const ROLL_PX = 12;
let held = null; // {slot, pointer, x, y, label}: what the hand has taken; the label is there once it is carried

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

// The day below the hand, if a session may be put there: another day that is not over.
const landing = () => {
  const day = document.elementFromPoint(held.x, held.y)?.closest(".week-day[data-day]");
  return day && !day.classList.contains("past") && !day.contains(held.slot) ? day : null;
};

const lift = () => {
  held.label = document.createElement("div");
  held.label.className = "carried";
  held.label.setAttribute("role", "status");
  document.body.append(held.label);
  document.documentElement.classList.add("carrying");
  held.slot.classList.add("lifted");
  getSelection().removeAllRanges();
  requestAnimationFrame(roll);
};

const follow = () => {
  const day = landing();
  grid.querySelectorAll(".drop").forEach((other) => other.classList.toggle("drop", other === day));
  day?.classList.add("drop");
  const where = day ? day.querySelector(".week-head").innerText.replace(/\s+/g, " ").trim() : "…";
  const said = `${held.slot.dataset.title} → ${where}`;
  if (held.label.textContent !== said) held.label.textContent = said;
  const right = Math.max(0, Math.min(held.x, document.documentElement.clientWidth - held.label.offsetWidth - 24));
  held.label.style.transform = `translate(${right}px, ${held.y}px)`;
};

// The week is longer than a phone: near the upper or lower edge the page rolls on under the hand.
const roll = () => {
  if (!held?.label) return;
  const step = held.y < EDGE_PX ? -ROLL_PX : held.y > innerHeight - EDGE_PX ? ROLL_PX : 0;
  if (step) {
    scrollBy(0, step);
    follow();
  }
  requestAnimationFrame(roll);
};

const swallow = (event) => event.preventDefault();

const letGo = () => {
  const was = held;
  held = null;
  was?.label?.remove();
  was?.slot.classList.remove("lifted");
  document.documentElement.classList.remove("carrying");
  grid.querySelectorAll(".drop").forEach((day) => day.classList.remove("drop"));
};

if (grid && form) {
  grid.addEventListener("dragstart", (event) => event.preventDefault()); // a link is not torn off its session
  grid.addEventListener("pointerdown", (event) => {
    const slot = event.target.closest("[data-move]");
    const takes = event.pointerType === "mouse" || event.target.closest(".grip"); // elsewhere a finger rolls the page
    if (!slot || !takes || !event.isPrimary || event.button !== 0 || event.shiftKey || event.ctrlKey) return;
    held = { slot, pointer: event.pointerId, x: event.clientX, y: event.clientY, label: null };
  });
  addEventListener("pointermove", (event) => {
    if (event.pointerId !== held?.pointer) return;
    const far = Math.hypot(event.clientX - held.x, event.clientY - held.y) > SLACK_PX;
    if (!held.label && !far) return;
    Object.assign(held, { x: event.clientX, y: event.clientY });
    if (!held.label) lift();
    follow();
  });
  addEventListener("pointerup", (event) => {
    if (event.pointerId !== held?.pointer) return;
    const { slot, label } = held;
    const day = label ? landing() : null;
    letGo();
    if (!label) return;
    addEventListener("click", swallow, { capture: true }); // the press that ends a pull opens nothing
    setTimeout(() => removeEventListener("click", swallow, { capture: true }), 0);
    if (day) propose(slot, day.dataset.day, slot.dataset.time);
  });
  addEventListener("pointercancel", (event) => { if (event.pointerId === held?.pointer) letGo(); });
  addEventListener("blur", letGo);
  addEventListener("keydown", (event) => { if (event.key === "Escape") letGo(); });
  grid.addEventListener("keydown", (event) => {
    const slot = event.shiftKey && event.target.closest("[data-move]");
    const days = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const minutes = { ArrowUp: -STEP_MINUTES, ArrowDown: STEP_MINUTES }[event.key];
    if (!slot || (!days && !minutes)) return;
    event.preventDefault();
    propose(slot, otherDay(slot, days ?? 0), minutes ? otherTime(slot, minutes) : slot.dataset.time);
  });
}
