//! Functions that the app sets on a layer: the clock and the sign-in hook.

use super::SignInHook;
use crate::clock::Clock;

/// Functions of the app. They survive a reload of the configuration.
#[derive(Clone, Default)]
pub(crate) struct Hooks {
    pub(crate) clock: Clock,
    pub(crate) on_sign_in: Option<SignInHook>,
    #[cfg(feature = "dev")]
    pub(crate) fault: crate::dev::InjectedFault,
}
