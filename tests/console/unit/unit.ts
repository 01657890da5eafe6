// The parts of the console that are pure functions, without a browser.

import './graph';
import './lists';
import './paging';
import './signals';
import './texts';
import './timeline';
