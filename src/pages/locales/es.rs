//! Español

use super::{ErrorText, Locale};

pub(super) static LOCALE: Locale = Locale {
    lang: "es",
    dir: "ltr",

    sign_in: "Iniciar sesión",
    choose_provider: "Elija cómo iniciar sesión.",
    continue_to: "Después continuará en {page}.",
    unreachable: "No responde en este momento",

    signed_out: "Sesión cerrada",
    signed_out_here: "Su sesión se ha eliminado de este navegador.",
    still_signed_in_at: "Es posible que su sesión siga abierta en {provider}. Si otras personas usan este dispositivo, ciérrela también allí.",

    sign_in_again: "Volver a iniciar sesión",
    start_page: "Ir a la página de inicio",
    reference: "Referencia para el soporte: {reference}",
    claim_size: "{claim}: {bytes} bytes",
    open_window: "Abrir en una ventana nueva",
    sign_out: "Cerrar sesión",
    sign_in_in_tab: "Iniciar sesión en una pestaña nueva",
    send_again: "Enviar de nuevo",

    cancelled: ErrorText {
        title: "Inicio de sesión cancelado",
        message: "El inicio de sesión se interrumpió antes de completarse, así que no ha cambiado nada.",
        advice: "Puede volver a iniciar sesión o continuar sin ella.",
    },
    interaction_needed: ErrorText {
        title: "El servicio de inicio de sesión necesita preguntarle algo",
        message: "El servicio de inicio de sesión tiene que preguntarle algo antes, y aquí no ha podido hacerlo.",
        advice: "Inicie sesión directamente en el servicio y vuelva después. Si no sirve, avise a los responsables de esta aplicación.",
    },
    access_refused: ErrorText {
        title: "Inicio de sesión rechazado",
        message: "El servicio de inicio de sesión no le ha permitido entrar en esta aplicación.",
        advice: "Pruebe con otra cuenta. Si no sirve, solicite acceso a los responsables de esta aplicación.",
    },
    provider_error: ErrorText {
        title: "No se pudo iniciar sesión",
        message: "El servicio de inicio de sesión ha informado de un problema propio.",
        advice: "Espere un minuto y vuelva a iniciar sesión.",
    },
    unavailable: ErrorText {
        title: "El inicio de sesión no está disponible",
        message: "El servicio de inicio de sesión no responde en este momento.",
        advice: "Espere un minuto y vuelva a iniciar sesión. Todo lo demás de esta aplicación funciona como siempre.",
    },
    session_unknown: ErrorText {
        title: "No se puede comprobar su sesión",
        message: "En este momento, esta aplicación no puede saber si su sesión sigue abierta. No se ha cerrado.",
        advice: "Espere un minuto y vuelva a abrir esta página.",
    },
    misconfigured: ErrorText {
        title: "El inicio de sesión no está bien configurado",
        message: "La configuración de esta aplicación y la del servicio de inicio de sesión no coinciden. No es culpa suya.",
        advice: "Avise a los responsables de esta aplicación; encontrarán la causa en su registro.",
    },
    attempt_missing: ErrorText {
        title: "Este inicio de sesión no se puede terminar aquí",
        message: "Ya se había completado, o se empezó en otro navegador.",
        advice: "Vuelva a iniciar sesión y no cambie de navegador hasta terminar.",
    },
    no_cookies: ErrorText {
        title: "Su navegador no conserva la sesión",
        message: "Para iniciar sesión hace falta una cookie, y su navegador no ha devuelto la que le dio esta aplicación.",
        advice: "Permita las cookies para esta aplicación y vuelva a iniciar sesión en este navegador.",
    },
    attempt_expired: ErrorText {
        title: "El inicio de sesión tardó demasiado",
        message: "Pasaron más de 15 minutos entre el principio y el final.",
        advice: "Vuelva a iniciar sesión.",
    },
    untrusted: ErrorText {
        title: "Este inicio de sesión no es de confianza",
        message: "La respuesta no es la que debería haber dado el servicio de inicio de sesión.",
        advice: "Vuelva a iniciar sesión desde esta aplicación. Si siguió un enlace de otra persona, no lo use de nuevo.",
    },
    code_used: ErrorText {
        title: "No se pudo iniciar sesión",
        message: "El servicio de inicio de sesión no aceptó su propia respuesta, probablemente porque ya se había usado o es demasiado antigua.",
        advice: "Vuelva a iniciar sesión.",
    },
    unacceptable: ErrorText {
        title: "No se pudo iniciar sesión",
        message: "El servicio de inicio de sesión envió algo que esta aplicación no debe aceptar.",
        advice: "Vuelva a iniciar sesión. Si ocurre de nuevo, avise a los responsables de esta aplicación; encontrarán la causa en su registro.",
    },
    not_recent: ErrorText {
        title: "El inicio de sesión no es lo bastante reciente",
        message: "Aquí hace falta un inicio de sesión reciente, y el servicio no le ha pedido que se identifique otra vez.",
        advice: "Cierre la sesión en el propio servicio y vuelva a iniciarla. Si no funciona, avise a los responsables de esta aplicación.",
    },
    other_user: ErrorText {
        title: "Ha iniciado sesión con otra cuenta",
        message: "Esta página pide iniciar sesión de nuevo con la cuenta que usa aquí. Nada ha cambiado.",
        advice: "Inicie sesión de nuevo para continuar, con una u otra cuenta.",
    },
    not_strong: ErrorText {
        title: "Hace falta un inicio de sesión más seguro",
        message: "Ha iniciado sesión, pero no de la forma que aquí se exige, por ejemplo con un segundo factor.",
        advice: "Configure esa forma en el servicio de inicio de sesión y vuelva a iniciarla. Si no funciona, pregunte a los responsables de esta aplicación.",
    },
    too_large: ErrorText {
        title: "Hay demasiada información sobre usted",
        message: "Su cuenta contiene más información de la que puede guardar un navegador. Las partes más grandes son:",
        advice: "Avise a los responsables de esta aplicación; ellos pueden elegir qué se guarda.",
    },
    unknown_provider: ErrorText {
        title: "No existe esa forma de iniciar sesión",
        message: "Esta aplicación no ofrece esa forma de iniciar sesión, o ya no la ofrece.",
        advice: "Vaya a la página de inicio e inicie sesión desde allí.",
    },
    not_allowed: ErrorText {
        title: "No puede usar esta aplicación",
        message: "Ha iniciado sesión, pero esta aplicación no está abierta a su cuenta.",
        advice: "Pruebe con otra cuenta o solicite acceso a los responsables de esta aplicación.",
    },
    groups_undecided: ErrorText {
        title: "No se ha podido comprobar su acceso",
        message: "Ha iniciado sesión, pero el servicio que conoce sus grupos no ha respondido como debía. Por eso esta aplicación no puede saber si usted tiene acceso.",
        advice: "Espere un minuto y vuelva a iniciar sesión. Si se repite, avise a los responsables de esta aplicación; encontrarán la causa en su registro.",
    },
    forbidden: ErrorText {
        title: "No puede ver esta página",
        message: "Ha iniciado sesión, pero su cuenta no tiene acceso a esta página.",
        advice: "Solicite acceso a los responsables de esta aplicación o inicie sesión con otra cuenta.",
    },
    not_a_page: ErrorText {
        title: "Para iniciar sesión hace falta una ventana propia",
        message: "No funciona dentro de otra página.",
        advice: "Abra esta aplicación en su propia ventana o pestaña e inicie sesión allí.",
    },
    clocks_differ: ErrorText {
        title: "No se pudo iniciar sesión",
        message: "Los relojes de los servidores de esta aplicación no coinciden, y uno no acepta lo que otro empezó.",
        advice: "Espere un minuto y vuelva a iniciar sesión. Si se repite, avise a los responsables de esta aplicación.",
    },
    provider_changed: ErrorText {
        title: "Este inicio de sesión no se puede terminar aquí",
        message: "La configuración del servicio de inicio de sesión cambió mientras usted iniciaba sesión.",
        advice: "Vuelva a iniciar sesión.",
    },
    app_error: ErrorText {
        title: "No se pudo iniciar sesión",
        message: "Usted inició sesión, pero esta aplicación tuvo un problema propio y no pudo darle acceso.",
        advice: "Espere un minuto y vuelva a iniciar sesión. Si se repite, avise a los responsables de esta aplicación; encontrarán la causa en su registro.",
    },
    other_origin: ErrorText {
        title: "No se ha hecho nada",
        message: "Otro sitio web intentó hacer algo aquí en su nombre y se ha rechazado.",
        advice: "Si era usted quien lo quería, hágalo desde una página de esta aplicación.",
    },
    held_form: ErrorText {
        title: "Inicie sesión para enviar este formulario",
        message: "Primero hay que iniciar sesión, así que no se ha cambiado nada. Lo que ha escrito se conserva en esta página.",
        advice: "Inicie sesión en una pestaña nueva, ciérrela y envíe el formulario desde aquí. No cierre esta página hasta entonces.",
    },
    confirm_logout: ErrorText {
        title: "¿Quiere cerrar la sesión?",
        message: "Otro sitio web ha abierto esta dirección; todavía no se ha hecho nada.",
        advice: "Si quiere cerrar la sesión, hágalo aquí. De lo contrario, vaya a la página de inicio; su sesión seguirá abierta.",
    },
};
