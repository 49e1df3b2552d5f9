//! Español

use super::{Texts, Words};

pub(super) static TEXTS: Texts = Texts {
    lang: "es",
    dir: "ltr",

    sign_in: "Iniciar sesión",
    choose: "Elija cómo iniciar sesión.",
    next: "Después continuará en {page}.",
    unreachable: "No responde en este momento",

    signed_out: "Sesión cerrada",
    signed_out_here: "Su sesión se ha eliminado de este navegador.",
    still_signed_in: "Es posible que su sesión siga abierta en {provider}. Si otras personas usan este dispositivo, ciérrela también allí.",

    sign_in_again: "Volver a iniciar sesión",
    start_page: "Ir a la página de inicio",
    reference: "Referencia para el soporte: {reference}",
    size: "{claim}: {bytes} bytes",
    open_window: "Abrir en una ventana nueva",
    sign_out: "Cerrar sesión",

    cancelled: Words {
        title: "Inicio de sesión cancelado",
        what: "El inicio de sesión se interrumpió antes de completarse, así que no ha cambiado nada.",
        advice: "Puede volver a iniciar sesión o continuar sin ella.",
    },
    unasked: Words {
        title: "El servicio de inicio de sesión necesita preguntarle algo",
        what: "El servicio de inicio de sesión tiene que preguntarle algo antes, y aquí no ha podido hacerlo.",
        advice: "Inicie sesión directamente en el servicio y vuelva después. Si no sirve, avise a los responsables de esta aplicación.",
    },
    refused: Words {
        title: "Inicio de sesión rechazado",
        what: "El servicio de inicio de sesión no le ha permitido entrar en esta aplicación.",
        advice: "Pruebe con otra cuenta. Si no sirve, solicite acceso a los responsables de esta aplicación.",
    },
    trouble: Words {
        title: "No se pudo iniciar sesión",
        what: "El servicio de inicio de sesión ha informado de un problema propio.",
        advice: "Espere un minuto y vuelva a iniciar sesión.",
    },
    down: Words {
        title: "El inicio de sesión no está disponible",
        what: "El servicio de inicio de sesión no responde en este momento.",
        advice: "Espere un minuto y vuelva a iniciar sesión. Todo lo demás de esta aplicación funciona como siempre.",
    },
    set_up: Words {
        title: "El inicio de sesión no está bien configurado",
        what: "La configuración de esta aplicación y la del servicio de inicio de sesión no coinciden. No es culpa suya.",
        advice: "Avise a los responsables de esta aplicación; encontrarán la causa en su registro.",
    },
    no_attempt: Words {
        title: "Este inicio de sesión no se puede terminar aquí",
        what: "Ya se había completado, o se empezó en otro navegador.",
        advice: "Vuelva a iniciar sesión y no cambie de navegador hasta terminar.",
    },
    no_cookies: Words {
        title: "Su navegador no conserva la sesión",
        what: "Para iniciar sesión hace falta una cookie, y su navegador no ha devuelto la que le dio esta aplicación.",
        advice: "Permita las cookies para esta aplicación y vuelva a iniciar sesión en este navegador.",
    },
    expired: Words {
        title: "El inicio de sesión tardó demasiado",
        what: "Pasaron más de 15 minutos entre el principio y el final.",
        advice: "Vuelva a iniciar sesión.",
    },
    untrusted: Words {
        title: "Este inicio de sesión no es de confianza",
        what: "La respuesta no es la que debería haber dado el servicio de inicio de sesión.",
        advice: "Vuelva a iniciar sesión desde esta aplicación. Si siguió un enlace de otra persona, no lo use de nuevo.",
    },
    used: Words {
        title: "No se pudo iniciar sesión",
        what: "El servicio de inicio de sesión no aceptó su propia respuesta, probablemente porque ya se había usado o es demasiado antigua.",
        advice: "Vuelva a iniciar sesión.",
    },
    unacceptable: Words {
        title: "No se pudo iniciar sesión",
        what: "El servicio de inicio de sesión envió algo que esta aplicación no debe aceptar.",
        advice: "Vuelva a iniciar sesión. Si ocurre de nuevo, avise a los responsables de esta aplicación; encontrarán la causa en su registro.",
    },
    too_large: Words {
        title: "Hay demasiada información sobre usted",
        what: "Su cuenta contiene más información de la que puede guardar un navegador. Las partes más grandes son:",
        advice: "Avise a los responsables de esta aplicación; ellos pueden elegir qué se guarda.",
    },
    unknown: Words {
        title: "No existe esa forma de iniciar sesión",
        what: "Esta aplicación no ofrece esa forma de iniciar sesión, o ya no la ofrece.",
        advice: "Vaya a la página de inicio e inicie sesión desde allí.",
    },
    not_allowed: Words {
        title: "No puede usar esta aplicación",
        what: "Ha iniciado sesión, pero esta aplicación no está abierta a su cuenta.",
        advice: "Pruebe con otra cuenta o solicite acceso a los responsables de esta aplicación.",
    },
    forbidden: Words {
        title: "No puede ver esta página",
        what: "Ha iniciado sesión, pero su cuenta no tiene acceso a esta página.",
        advice: "Solicite acceso a los responsables de esta aplicación o inicie sesión con otra cuenta.",
    },
    not_a_page: Words {
        title: "Para iniciar sesión hace falta una ventana propia",
        what: "No funciona dentro de otra página.",
        advice: "Abra esta aplicación en su propia ventana o pestaña e inicie sesión allí.",
    },
    clocks: Words {
        title: "No se pudo iniciar sesión",
        what: "Los relojes de los servidores de esta aplicación no coinciden, y uno no acepta lo que otro empezó.",
        advice: "Espere un minuto y vuelva a iniciar sesión. Si se repite, avise a los responsables de esta aplicación.",
    },
    changed: Words {
        title: "Este inicio de sesión no se puede terminar aquí",
        what: "La configuración del servicio de inicio de sesión cambió mientras usted iniciaba sesión.",
        advice: "Vuelva a iniciar sesión.",
    },
    app_trouble: Words {
        title: "No se pudo iniciar sesión",
        what: "Usted inició sesión, pero esta aplicación tuvo un problema propio y no pudo darle acceso.",
        advice: "Espere un minuto y vuelva a iniciar sesión. Si se repite, avise a los responsables de esta aplicación; encontrarán la causa en su registro.",
    },
    other_origin: Words {
        title: "No se ha hecho nada",
        what: "Otro sitio web intentó hacer algo aquí en su nombre y se ha rechazado.",
        advice: "Si era usted quien lo quería, hágalo desde una página de esta aplicación.",
    },
    confirm_logout: Words {
        title: "¿Quiere cerrar la sesión?",
        what: "Otro sitio web ha abierto esta dirección; todavía no se ha hecho nada.",
        advice: "Si quiere cerrar la sesión, hágalo aquí. De lo contrario, vaya a la página de inicio; su sesión seguirá abierta.",
    },
};
