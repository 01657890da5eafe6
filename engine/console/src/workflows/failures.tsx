// What becomes of a saga when a step fails: the report of `skald check`.

import { count, stepName } from '../format';
import { Empty, Status } from '../ui/basics';

interface Undone {
  step: string;
  visit: number;
  tasks: string[];
  beside: boolean;
}

interface Course {
  undone: Undone[];
  caught_by: string[];
  end: string;
  when: { step: string; what: string; taken: string }[];
}

interface Failure {
  step: string;
  line: number;
  outcome: string;
  limit_of: string | null;
  courses: Course[];
  more: boolean;
  endless: boolean;
}

interface Finding {
  code: string;
  level: string;
  step: string | null;
  line: number;
  about: string | null;
  message: string;
}

export interface CheckReport {
  paths: Record<string, number>;
  states: number;
  stopped: string | null;
  failures: Failure[];
  warnings: Finding[];
}

interface Props {
  report: CheckReport;
  onLine: (line: number) => void;
}

export function Failures({ report, onLine }: Props) {
  const ends = Object.entries(report.paths).filter(([name, n]) => !['total', 'cut'].includes(name) && n > 0);
  return (
    <div class="failures">
      <p>
        {count((report.paths.total ?? 0) - (report.paths.cut ?? 0), 'path')} through {count(report.states, 'state')}:{' '}
        <span class="counts">
          {ends.map(([name, n]) => (
            <span key={name}>
              <Status status={name} /> {n.toLocaleString('en')}
            </span>
          ))}
        </span>
      </p>
      {report.stopped && <p class="warn">The walk was stopped at {report.stopped}: there is more than is said here.</p>}
      <table class="plain-table">
        <caption class="hidden">What each failure leads to, when nothing else fails</caption>
        <thead>
          <tr>
            <th>If this step</th>
            <th>Line</th>
            <th>Is</th>
            <th>Then is undone, in this order</th>
            <th>Saga</th>
            <th>When</th>
          </tr>
        </thead>
        <tbody>
          {report.failures.flatMap((failure, index) => rows(failure, report.failures[index - 1]?.step === failure.step, onLine))}
        </tbody>
      </table>
      {report.failures.length === 0 && <Empty>No step of it can fail.</Empty>}
      <Findings findings={report.warnings} onLine={onLine} />
    </div>
  );
}

function rows(failure: Failure, again: boolean, onLine: (line: number) => void) {
  const key = `${failure.step} ${failure.outcome} ${failure.limit_of ?? ''}`;
  const head = (
    <>
      <td>{again ? '' : <b title={failure.step}>{stepName(failure.step)}</b>}</td>
      <td>{again ? '' : <Line line={failure.line} onLine={onLine} />}</td>
      <td>
        {failure.outcome}
        {failure.limit_of && <span class="muted"> of {stepName(failure.limit_of)}</span>}
      </td>
    </>
  );
  if (failure.endless) {
    return [
      <tr key={key}>
        {head}
        <td colSpan={3} class="muted">
          nothing: it is tried until it works
        </td>
      </tr>,
    ];
  }
  const courses = failure.courses.map((course, index) => (
    <tr key={`${key} ${index}`}>
      {index === 0 ? head : <td colSpan={3} />}
      <td>{undone(course)}</td>
      <td>
        <Status status={course.end} />
        {course.caught_by.length > 0 && <span class="muted"> caught by {course.caught_by.map(stepName).join(', ')}</span>}
      </td>
      <td class="muted">{course.when.map((when) => `${stepName(when.step)}: ${when.what} ${when.taken}`).join('; ')}</td>
    </tr>
  ));
  if (!failure.more) return courses;
  return [
    ...courses,
    <tr key={`${key} more`}>
      <td colSpan={3} />
      <td colSpan={3} class="muted">
        and other ways
      </td>
    </tr>,
  ];
}

function undone(course: Course) {
  if (course.undone.length === 0) return <span class="muted">nothing</span>;
  return course.undone.map((undo, index) => (
    <span key={index} title={undo.tasks.join(', ')}>
      {index > 0 && (undo.beside ? ' beside ' : ', ')}
      {stepName(undo.step)}
      {undo.visit > 1 && `#${undo.visit}`}
    </span>
  ));
}

function Line({ line, onLine }: { line: number; onLine: (line: number) => void }) {
  return (
    <button type="button" class="plain" aria-label={`Line ${line} of the source`} onClick={() => onLine(line)}>
      {line}
    </button>
  );
}

function Findings({ findings, onLine }: { findings: Finding[]; onLine: (line: number) => void }) {
  if (findings.length === 0) return null;
  return (
    <section aria-label="Findings">
      <h2>What was found</h2>
      <ul class="findings">
        {findings.map((finding) => (
          <li key={`${finding.code} ${finding.step} ${finding.about}`} class={`level-${finding.level}`}>
            <span class="tag">{finding.level}</span> {finding.message}{' '}
            {finding.step && <code>{stepName(finding.step)}</code>} line <Line line={finding.line} onLine={onLine} />
          </li>
        ))}
      </ul>
    </section>
  );
}
