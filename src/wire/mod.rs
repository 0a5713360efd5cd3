//! OCapN records over Syrup.
