// Where each task of a workflow stands in its drawing; pure. The flow goes down. Beside a task that can be undone stands its
// undo, and the undos of a list are joined upwards: the way back is beside the way forward.

import type { GraphTask } from '../api/types';

export const CARD = { w: 224, h: 58 };
export const UNDO = { w: 184, h: 46 };
const GAP_Y = 30;
const GAP_X = 28;
const UNDO_GAP = 40;
const PAD = 16;
const HEADER = 46;
const TITLE = 22; // of a branch
const LANE = 18; // between jumps beside a list
const FIRST_JUMP = 14; // below the top of the task that they leave
const JUMP = 15; // between two of a task: a name fits between
const END = 26; // the marks where the flow begins and ends

export interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
}

export interface Card extends Box {
  task: GraphTask;
  // It holds other tasks: they are drawn inside it.
  group: boolean;
}

export interface UndoCard extends Box {
  of: GraphTask;
}

export interface Title extends Box {
  text: string;
}

export interface Edge {
  kind: 'flow' | 'jump' | 'undo' | 'undone-by';
  path: string;
  label?: { text: string; x: number; y: number };
}

export interface Drawing {
  width: number;
  height: number;
  cards: Card[];
  undos: UndoCard[];
  titles: Title[];
  edges: Edge[];
  start: Box;
  end: Box;
}

interface Size {
  w: number;
  h: number;
}

interface ListSize extends Size {
  lanes: number; // width of the jumps on its left
  forward: number; // width of its widest task
  tasks: Size[];
}

const isGroup = (task: GraphTask) => task.lists.length > 0;

// Where the flow goes behind a task, apart from to the next: names of siblings, or "exit", "end".
function jumpsOf(task: GraphTask): { to: string; label: string }[] {
  const jumps = (task.cases ?? []).map((one) => ({ to: one.then, label: one.name }));
  if (task.then && task.then !== 'continue') jumps.push({ to: task.then, label: '' });
  return jumps.filter((jump) => jump.to && jump.to !== 'continue');
}

function measureTask(task: GraphTask): Size {
  const h = FIRST_JUMP + JUMP * jumpsOf(task).length; // a switch with many cases is as tall as they need
  if (!isGroup(task)) return { w: CARD.w, h: Math.max(CARD.h, h) };
  const lists = task.lists.map((list) => measureList(list.tasks));
  const w = lists.reduce((sum, list) => sum + list.w, 0) + GAP_X * (lists.length - 1);
  const inner = Math.max(...lists.map((list) => list.h)) + (hasTitles(task) ? TITLE : 0);
  return { w: Math.max(CARD.w, w + 2 * PAD), h: Math.max(HEADER + inner + PAD, h) };
}

// Those of a fork have none: each branch is one task, and its name says which.
function hasTitles(task: GraphTask): boolean {
  return task.lists.some((list) => list.role === 'try' || list.role === 'catch');
}

function measureList(tasks: GraphTask[]): ListSize {
  const sizes = tasks.map(measureTask);
  const forward = Math.max(CARD.w, ...sizes.map((size) => size.w));
  const jumps = tasks.reduce((sum, task) => sum + jumpsOf(task).length, 0);
  const lanes = jumps > 0 ? (jumps + 1) * LANE : 0;
  const undo = tasks.some((task) => task.undo) ? UNDO_GAP + UNDO.w : 0;
  const h = sizes.reduce((sum, size) => sum + size.h, 0) + GAP_Y * Math.max(0, sizes.length - 1);
  return { w: lanes + forward + undo, h: Math.max(h, 1), lanes, forward, tasks: sizes };
}

class Drafter {
  readonly cards: Card[] = [];
  readonly undos: UndoCard[] = [];
  readonly titles: Title[] = [];
  readonly edges: Edge[] = [];

  list(tasks: GraphTask[], size: ListSize, x: number, y: number) {
    const left = x + size.lanes;
    const placed: Box[] = [];
    let top = y;
    tasks.forEach((task, index) => {
      const { w, h } = size.tasks[index]!;
      const box = { x: left + (size.forward - w) / 2, y: top, w, h };
      placed.push(box);
      this.task(task, box);
      top += h + GAP_Y;
    });
    this.flow(tasks, placed);
    this.jumps(tasks, placed, left);
    this.wayBack(tasks, placed, left + size.forward + UNDO_GAP);
  }

  private task(task: GraphTask, box: Box) {
    this.cards.push({ ...box, task, group: isGroup(task) });
    if (!isGroup(task)) return;
    const titles = hasTitles(task);
    const sizes = task.lists.map((list) => measureList(list.tasks));
    const inner = sizes.reduce((sum, size) => sum + size.w, 0) + GAP_X * (sizes.length - 1);
    let x = box.x + (box.w - inner) / 2;
    task.lists.forEach((list, index) => {
      const size = sizes[index]!;
      let y = box.y + HEADER;
      if (titles) {
        this.titles.push({ x, y, w: size.w, h: TITLE, text: list.role });
        y += TITLE;
      }
      this.list(list.tasks, size, x, y);
      x += size.w + GAP_X;
    });
  }

  private flow(tasks: GraphTask[], placed: Box[]) {
    for (let i = 0; i + 1 < placed.length; ++i) {
      const jumps = jumpsOf(tasks[i]!);
      // A task that says where to go goes nowhere else; of a switch, what no case takes goes on.
      if (tasks[i]!.then && jumps.some((jump) => jump.label === '')) continue;
      const from = placed[i]!;
      const to = placed[i + 1]!;
      const x = from.x + from.w / 2;
      this.edges.push({ kind: 'flow', path: `M${x} ${from.y + from.h}V${to.y}` });
    }
  }

  private jumps(tasks: GraphTask[], placed: Box[], left: number) {
    let lane = 0;
    tasks.forEach((task, index) => {
      let nth = 0; // of this task's
      for (const jump of jumpsOf(task)) {
        const from = placed[index]!;
        const target = tasks.findIndex((each) => each.name === jump.to);
        const x = left - ++lane * LANE;
        const y = from.y + FIRST_JUMP + nth++ * JUMP;
        const label = jump.label ? { text: jump.label, x: from.x - 8, y: y - 3 } : undefined;
        if (target < 0) {
          this.edges.push({ kind: 'jump', path: `M${from.x} ${y}H${x}`, label: { text: [jump.label, jump.to].filter(Boolean).join(': '), x: from.x - 8, y: y - 3 } });
          continue;
        }
        const to = placed[target]!;
        const down = to.y + Math.min(to.h / 2, CARD.h / 2) - 8 >= y;
        const end = to.y + 14;
        const r = down ? 6 : -6;
        this.edges.push({ kind: 'jump', path: `M${from.x} ${y}H${x + 6}q-6 0 -6 ${r}V${end - r}q0 ${r} 6 ${r}H${to.x}`, label });
      }
    });
  }

  private wayBack(tasks: GraphTask[], placed: Box[], x: number) {
    let above: UndoCard | null = null;
    tasks.forEach((task, index) => {
      if (!task.undo) return;
      const of = placed[index]!;
      const undo: UndoCard = { x, y: of.y + (Math.min(of.h, CARD.h) - UNDO.h) / 2, w: UNDO.w, h: UNDO.h, of: task };
      this.undos.push(undo);
      const y = undo.y + undo.h / 2;
      this.edges.push({ kind: 'undone-by', path: `M${of.x + of.w} ${y}H${x}` });
      if (above) {
        const middle = x + UNDO.w / 2;
        this.edges.push({ kind: 'undo', path: `M${middle} ${undo.y}V${above.y + above.h}` });
      }
      above = undo;
    });
  }
}

export function layout(tasks: GraphTask[]): Drawing {
  const size = measureList(tasks);
  const drafter = new Drafter();
  const top = END + GAP_Y;
  drafter.list(tasks, size, 0, top);
  const middle = size.lanes + size.forward / 2;
  const bottom = top + size.h + GAP_Y;
  drafter.edges.push({ kind: 'flow', path: `M${middle} ${END}V${top}` }, { kind: 'flow', path: `M${middle} ${top + size.h}V${bottom}` });
  return {
    width: size.w,
    height: bottom + END,
    cards: drafter.cards,
    undos: drafter.undos,
    titles: drafter.titles,
    edges: drafter.edges,
    start: { x: middle - 34, y: 0, w: 68, h: END },
    end: { x: middle - 34, y: bottom, w: 68, h: END },
  };
}
