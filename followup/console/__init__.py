"""The staff's pages: server-rendered, everything behind a sign-in."""
