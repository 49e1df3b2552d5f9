//! Português

use super::{Texts, Words};

pub(super) static TEXTS: Texts = Texts {
    lang: "pt",
    dir: "ltr",

    sign_in: "Entrar",
    choose: "Escolha como quer entrar.",
    next: "Depois você continua em {page}.",
    unreachable: "Não responde neste momento",

    signed_out: "Você saiu",
    signed_out_here: "A sua sessão foi removida deste navegador.",
    still_signed_in: "Talvez a sua sessão continue aberta em {provider}. Se outras pessoas usam este dispositivo, saia de lá também.",

    sign_in_again: "Entrar novamente",
    start_page: "Ir para a página inicial",
    reference: "Referência para o suporte: {reference}",
    size: "{claim}: {bytes} bytes",
    open_window: "Abrir em uma nova janela",
    sign_out: "Sair",

    cancelled: Words {
        title: "Entrada cancelada",
        what: "A entrada foi interrompida antes de terminar, portanto nada mudou.",
        advice: "Você pode entrar novamente ou continuar sem entrar.",
    },
    unasked: Words {
        title: "O serviço de login precisa perguntar algo a você",
        what: "O serviço de login precisa perguntar algo antes, e aqui isso não foi possível.",
        advice: "Entre diretamente no serviço e depois volte aqui. Se não adiantar, avise os responsáveis por este aplicativo.",
    },
    refused: Words {
        title: "Entrada recusada",
        what: "O serviço de login não permitiu a sua entrada neste aplicativo.",
        advice: "Tente outra conta. Se não adiantar, peça acesso aos responsáveis por este aplicativo.",
    },
    trouble: Words {
        title: "Não foi possível entrar",
        what: "O serviço de login informou um problema próprio.",
        advice: "Espere um minuto e entre novamente.",
    },
    down: Words {
        title: "Não é possível entrar agora",
        what: "O serviço de login não responde neste momento.",
        advice: "Espere um minuto e entre novamente. Todo o resto deste aplicativo funciona normalmente.",
    },
    set_up: Words {
        title: "O login não está configurado corretamente",
        what: "As configurações deste aplicativo e do serviço de login não combinam. A culpa não é sua.",
        advice: "Avise os responsáveis por este aplicativo; eles encontram a causa no registro.",
    },
    no_attempt: Words {
        title: "Este login não pode ser concluído aqui",
        what: "Ela já foi concluída ou começou em outro navegador.",
        advice: "Entre novamente e permaneça neste navegador até o fim.",
    },
    no_cookies: Words {
        title: "O seu navegador não guarda a sessão",
        what: "Para entrar é necessário um cookie, e o seu navegador não devolveu o que este aplicativo lhe deu.",
        advice: "Permita cookies para este aplicativo e entre novamente neste navegador.",
    },
    expired: Words {
        title: "A entrada demorou demais",
        what: "Passaram mais de 15 minutos entre o início e o fim.",
        advice: "Entre novamente.",
    },
    untrusted: Words {
        title: "Esta entrada não é confiável",
        what: "A resposta não é a que o serviço de login deveria ter dado.",
        advice: "Entre novamente a partir deste aplicativo. Se você seguiu um link de outra pessoa, não o use de novo.",
    },
    used: Words {
        title: "Não foi possível entrar",
        what: "O serviço de login não aceitou a própria resposta, provavelmente porque ela já foi usada ou é antiga demais.",
        advice: "Entre novamente.",
    },
    unacceptable: Words {
        title: "Não foi possível entrar",
        what: "O serviço de login enviou algo que este aplicativo não pode aceitar.",
        advice: "Entre novamente. Se acontecer outra vez, avise os responsáveis por este aplicativo; eles encontram a causa no registro.",
    },
    too_large: Words {
        title: "Há informações demais sobre você",
        what: "A sua conta traz mais informações do que um navegador consegue guardar. As maiores partes são:",
        advice: "Avise os responsáveis por este aplicativo; eles podem escolher o que é guardado.",
    },
    unknown: Words {
        title: "Não existe essa forma de entrar",
        what: "Este aplicativo não oferece essa forma de entrar, ou não a oferece mais.",
        advice: "Vá para a página inicial e entre por lá.",
    },
    not_allowed: Words {
        title: "Você não pode usar este aplicativo",
        what: "O login funcionou, mas este aplicativo não está aberto à sua conta.",
        advice: "Tente outra conta ou peça acesso aos responsáveis por este aplicativo.",
    },
    forbidden: Words {
        title: "Você não pode ver esta página",
        what: "O login está feito, mas a sua conta não tem acesso a esta página.",
        advice: "Peça acesso aos responsáveis por este aplicativo ou entre com outra conta.",
    },
    not_a_page: Words {
        title: "Para entrar é preciso uma janela própria",
        what: "Não funciona dentro de outra página.",
        advice: "Abra este aplicativo em sua própria janela ou aba e entre por lá.",
    },
    clocks: Words {
        title: "Não foi possível entrar",
        what: "Os relógios dos servidores deste aplicativo estão diferentes, e um não aceita o que outro começou.",
        advice: "Espere um minuto e entre novamente. Se acontecer outra vez, avise os responsáveis por este aplicativo.",
    },
    changed: Words {
        title: "Este login não pode ser concluído aqui",
        what: "As configurações do serviço de login mudaram enquanto você entrava.",
        advice: "Entre novamente.",
    },
    app_trouble: Words {
        title: "Não foi possível entrar",
        what: "O login foi feito, mas este aplicativo teve um problema próprio e não pôde dar acesso a você.",
        advice: "Espere um minuto e entre novamente. Se acontecer outra vez, avise os responsáveis por este aplicativo; eles encontram a causa no registro.",
    },
    other_origin: Words {
        title: "Nada foi feito",
        what: "Outro site tentou fazer algo aqui em seu nome, e isso foi recusado.",
        advice: "Se era você quem queria, faça isso em uma página deste aplicativo.",
    },
    confirm_logout: Words {
        title: "Você quer sair?",
        what: "Outro site abriu este endereço, e nada foi feito até agora.",
        advice: "Se você quer sair, confirme aqui. Caso contrário, vá para a página inicial; a sua sessão continua aberta.",
    },
};
