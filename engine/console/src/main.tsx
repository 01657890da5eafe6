import { render } from 'preact';

render(<h1>Skald</h1>, document.getElementById('app')!);
