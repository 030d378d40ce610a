import "./swaps.js";
import "./forms.js";
import "./keys.js";
import "./queue.js";
import "./live.js";
import "./toasts.js";
