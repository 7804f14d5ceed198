import { render } from 'preact';

function App() {
  return <h1>Parley</h1>;
}

const place = document.getElementById('app');
if (place) render(<App />, place);
