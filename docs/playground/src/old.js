// In the words of old browsers: says in the page why it cannot run here. app.js asks for the result.
(function () {
  var root = document.documentElement;
  var why = "";
  function has(test) {
    try {
      return !!test();
    } catch (error) {
      return false;
    }
  }
  var isNew =
    has(function () {
      return CSS.supports("color", "light-dark(#000, #fff)");
    }) &&
    has(function () {
      return new CompressionStream("deflate-raw");
    }) &&
    has(function () {
      return new CSSStyleSheet();
    }) &&
    "noModule" in document.createElement("script") &&
    "showModal" in document.createElement("dialog");
  if (!isNew) why = "This browser is too old for the playground, which needs Chrome or Edge 123, Firefox 120, Safari 17.5, or newer.";
  else if (typeof WebAssembly !== "object") why = "This browser does not allow WebAssembly, which the playground runs k8slint in.";
  if (!why) return;
  root.setAttribute("data-state", "unfit");
  document.addEventListener("DOMContentLoaded", function () {
    var note = document.getElementById("note");
    note.textContent = why;
    note.removeAttribute("hidden");
    document.getElementById("status").textContent = "";
  });
})();
