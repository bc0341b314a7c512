import { fileURLToPath } from 'node:url';

/** The folder that the server was installed in: that of the workspace, or of what the image holds of it. */
export const SERVER_FOLDER = fileURLToPath(new URL('../../..', import.meta.url));
