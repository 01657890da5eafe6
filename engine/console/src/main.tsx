// The console: what the address says, inside the shell.

import { render } from 'preact';
import { startKeyboard } from './keyboard';
import { startLive } from './live';
import { place, startRouter } from './router';
import { SagaView } from './saga/view';
import { SagasView } from './sagas/view';
import { Shell } from './shell';
import { StuckView } from './stuck/view';
import './style/tokens.css';
import './style/base.css';
import './style/shell.css';
import './style/lists.css';
import './style/saga.css';
import './style/graph.css';
import './style/timeline.css';
import './style/pages.css';
import { startTheme } from './theme';
import { WorkersView } from './workers/view';
import { WorkflowsView, WorkflowView } from './workflows/view';

function View() {
  const [view, first, ...rest] = place.value.parts;
  if (view === 'sagas') return first ? <SagaView key={first} id={first} /> : <SagasView />;
  if (view === 'workflows') return first ? <WorkflowView key={[first, ...rest].join('/')} workflow={[first, ...rest].join('/')} /> : <WorkflowsView />;
  if (view === 'workers') return <WorkersView />;
  return <StuckView />;
}

function title(): string {
  const [view, ...rest] = place.value.parts;
  return rest.length > 0 ? `${rest.join('/')} · Skald` : `${view} · Skald`;
}

function App() {
  document.title = title();
  return (
    <Shell>
      <View />
    </Shell>
  );
}

startTheme();
startRouter();
startKeyboard();
startLive();
render(<App />, document.getElementById('app')!);
