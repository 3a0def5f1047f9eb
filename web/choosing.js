// Choosing several devices: one box for all, and a count of the chosen ones.

export function chooseTogether(fleet) {
  const all = fleet.querySelector("#choose-all");
  const told = fleet.querySelector(".chosen-count");
  const boxes = [...fleet.querySelectorAll("input[name=sn]")];
  const tell = () => {
    const count = boxes.filter((box) => box.checked).length;
    const text = count === 1 ? told.dataset.one : told.dataset.many.replace("#", count);
    told.textContent = count ? text : "";
    if (!all) return;
    all.checked = count > 0 && count === boxes.length;
    all.indeterminate = count > 0 && count < boxes.length;
  };
  if (all) {
    all.hidden = false;
    all.addEventListener("change", () => {
      for (const box of boxes) box.checked = all.checked;
      tell();
    });
  }
  for (const box of boxes) box.addEventListener("change", tell);
  tell();
}
