//! Values between JavaScript and the core.
