// Comfort only: the page is complete without this. Tabs of one group switch together; line charts show the figures of a layer under pointer or arrow keys.
(function () {
  "use strict";

  document.addEventListener("change", function (event) {
    var input = event.target;
    var tabs = input.closest ? input.closest(".tabs") : null;
    if (!tabs || input.type !== "radio") { return; }
    var top = tabs.getBoundingClientRect().top;
    document.querySelectorAll(".tabs").forEach(function (other) {
      if (other === tabs || other.dataset.group !== tabs.dataset.group) { return; }
      other.querySelectorAll(":scope > input").forEach(function (candidate) {
        if (candidate.value === input.value) { candidate.checked = true; }
      });
    });
    // Panels above may have changed their height: keep what was clicked where it was.
    window.scrollBy({ top: tabs.getBoundingClientRect().top - top, behavior: "instant" });
  });

  // A heading sorts its table: by number where the cells begin with one. Enter and the space bar do what a click does.
  document.querySelectorAll("table.sortable").forEach(function (table) {
    function value(row, column) {
      var text = row.cells[column].textContent.trim();
      var number = parseFloat(text.replace("\u2212", "-").replace(/,/g, ""));
      return isNaN(number) ? text : number;
    }

    Array.from(table.tHead.rows[0].cells).forEach(function (heading, column) {
      function sort() {
        var down = heading.getAttribute("aria-sort") === "ascending";
        Array.from(table.tHead.rows[0].cells).forEach(function (other) { other.setAttribute("aria-sort", "none"); });
        heading.setAttribute("aria-sort", down ? "descending" : "ascending");
        var rows = Array.from(table.tBodies[0].rows);
        rows.sort(function (one, other) {
          var a = value(one, column);
          var b = value(other, column);
          var order = typeof a === typeof b ? (a === b ? 0 : (a > b ? 1 : -1)) : (typeof a === "number" ? -1 : 1);
          return down ? -order : order;
        });
        rows.forEach(function (row) { table.tBodies[0].appendChild(row); });
      }

      heading.addEventListener("click", sort);
      heading.addEventListener("keydown", function (event) {
        if (event.key === "Enter" || event.key === " ") { event.preventDefault(); sort(); }
      });
    });
  });

  var tip = document.createElement("div");
  tip.className = "tip";
  tip.setAttribute("role", "status");
  tip.hidden = true;
  document.body.appendChild(tip);

  document.querySelectorAll("svg.lines").forEach(function (chart) {
    var table = document.getElementById(chart.dataset.table);
    if (!table) { return; }
    var names = Array.from(table.tHead.rows[0].cells).map(function (cell) { return cell.textContent; });
    var rows = Array.from(table.tBodies[0].rows);
    var first = Number(rows[0].cells[0].textContent);
    var places = chart.dataset.x.split(" ").map(Number);
    var guide = chart.querySelector(".guide");
    var current = -1;

    function show(index) {
      current = Math.max(0, Math.min(rows.length - 1, index));
      var cells = rows[current].cells;
      var x = places[0] + places[1] * (Number(cells[0].textContent) - first);
      guide.setAttribute("x1", x);
      guide.setAttribute("x2", x);
      guide.style.visibility = "visible";
      tip.textContent = "";
      var head = document.createElement("b");
      head.textContent = names[0] + " " + cells[0].textContent;
      tip.appendChild(head);
      for (var i = 1; i !== cells.length; i += 1) {
        if (names[i] === "MSE") { continue; }
        var line = document.createElement("span");
        line.textContent = names[i] + " " + cells[i].textContent;
        tip.appendChild(line);
      }
      tip.hidden = false;
      var box = chart.getBoundingClientRect();
      var left = box.left + x * box.width / chart.viewBox.baseVal.width + 14;
      var wide = tip.offsetWidth;
      if (left + wide > window.innerWidth - 8) { left = left - wide - 28; }
      tip.style.left = Math.max(4, left) + "px";
      tip.style.top = Math.max(4, box.top + 16) + "px";
    }

    function hide() {
      current = -1;
      tip.hidden = true;
      guide.style.visibility = "hidden";
    }

    chart.addEventListener("pointermove", function (event) {
      var box = chart.getBoundingClientRect();
      var x = (event.clientX - box.left) * chart.viewBox.baseVal.width / box.width;
      var layer = (x - places[0]) / places[1] + first;
      var nearest = 0;
      rows.forEach(function (row, i) {
        var apart = Math.abs(Number(row.cells[0].textContent) - layer);
        if (Math.abs(Number(rows[nearest].cells[0].textContent) - layer) > apart) { nearest = i; }
      });
      show(nearest);
    });
    chart.addEventListener("pointerleave", hide);
    chart.addEventListener("blur", hide);
    chart.addEventListener("keydown", function (event) {
      if (event.key === "ArrowRight") { show(current + 1); }
      else if (event.key === "ArrowLeft") { show(current === -1 ? 0 : current - 1); }
      else if (event.key === "Home") { show(0); }
      else if (event.key === "End") { show(rows.length - 1); }
      else if (event.key === "Escape") { hide(); return; }
      else { return; }
      event.preventDefault();
    });
  });
}());
