/** Starts the page. */

import { render } from 'preact';
import { beginSession } from './api/session';
import { App } from './app';
import { followAddress } from './state/route';
import './styles/index.css';

beginSession();
followAddress();
const place = document.getElementById('app');
if (place) render(<App />, place);
