//! Português

use super::{ErrorText, Locale};

pub(super) static LOCALE: Locale = Locale {
    lang: "pt",
    dir: "ltr",

    sign_in: "Entrar",
    choose_provider: "Escolha como quer entrar.",
    continue_to: "Depois você continua em {page}.",
    unreachable: "Não responde neste momento",

    signed_out: "Você saiu",
    signed_out_here: "A sua sessão foi removida deste navegador.",
    still_signed_in_at: "Talvez a sua sessão continue aberta em {provider}. Se outras pessoas usam este dispositivo, saia de lá também.",

    sign_in_again: "Entrar novamente",
    start_page: "Ir para a página inicial",
    reference: "Referência para o suporte: {reference}",
    claim_size: "{claim}: {bytes} bytes",
    open_window: "Abrir em uma nova janela",
    sign_out: "Sair",
    sign_in_in_tab: "Entrar em uma nova aba",
    send_again: "Enviar novamente",

    cancelled: ErrorText {
        title: "Entrada cancelada",
        message: "A entrada foi interrompida antes de terminar, portanto nada mudou.",
        advice: "Você pode entrar novamente ou continuar sem entrar.",
    },
    interaction_needed: ErrorText {
        title: "O serviço de login precisa perguntar algo a você",
        message: "O serviço de login precisa perguntar algo antes, e aqui isso não foi possível.",
        advice: "Entre diretamente no serviço e depois volte aqui. Se não adiantar, avise os responsáveis por este aplicativo.",
    },
    access_refused: ErrorText {
        title: "Entrada recusada",
        message: "O serviço de login não permitiu a sua entrada neste aplicativo.",
        advice: "Tente outra conta. Se não adiantar, peça acesso aos responsáveis por este aplicativo.",
    },
    provider_error: ErrorText {
        title: "Não foi possível entrar",
        message: "O serviço de login informou um problema próprio.",
        advice: "Espere um minuto e entre novamente.",
    },
    unavailable: ErrorText {
        title: "Não é possível entrar agora",
        message: "O serviço de login não responde neste momento.",
        advice: "Espere um minuto e entre novamente. Todo o resto deste aplicativo funciona normalmente.",
    },
    session_unknown: ErrorText {
        title: "Não é possível verificar sua sessão",
        message: "No momento, este aplicativo não consegue saber se sua sessão continua aberta. Ela não foi encerrada.",
        advice: "Espere um minuto e abra esta página novamente.",
    },
    misconfigured: ErrorText {
        title: "O login não está configurado corretamente",
        message: "As configurações deste aplicativo e do serviço de login não combinam. A culpa não é sua.",
        advice: "Avise os responsáveis por este aplicativo; eles encontram a causa no registro.",
    },
    attempt_missing: ErrorText {
        title: "Este login não pode ser concluído aqui",
        message: "Ela já foi concluída ou começou em outro navegador.",
        advice: "Entre novamente e permaneça neste navegador até o fim.",
    },
    no_cookies: ErrorText {
        title: "O seu navegador não guarda a sessão",
        message: "Para entrar é necessário um cookie, e o seu navegador não devolveu o que este aplicativo lhe deu.",
        advice: "Permita cookies para este aplicativo e entre novamente neste navegador.",
    },
    attempt_expired: ErrorText {
        title: "A entrada demorou demais",
        message: "Passaram mais de 15 minutos entre o início e o fim.",
        advice: "Entre novamente.",
    },
    untrusted: ErrorText {
        title: "Esta entrada não é confiável",
        message: "A resposta não é a que o serviço de login deveria ter dado.",
        advice: "Entre novamente a partir deste aplicativo. Se você seguiu um link de outra pessoa, não o use de novo.",
    },
    code_used: ErrorText {
        title: "Não foi possível entrar",
        message: "O serviço de login não aceitou a própria resposta, provavelmente porque ela já foi usada ou é antiga demais.",
        advice: "Entre novamente.",
    },
    unacceptable: ErrorText {
        title: "Não foi possível entrar",
        message: "O serviço de login enviou algo que este aplicativo não pode aceitar.",
        advice: "Entre novamente. Se acontecer outra vez, avise os responsáveis por este aplicativo; eles encontram a causa no registro.",
    },
    not_recent: ErrorText {
        title: "O login não é recente o bastante",
        message: "Aqui é preciso um login recente, e o serviço de login não pediu que você entrasse de novo.",
        advice: "Saia no próprio serviço e entre novamente. Se não adiantar, avise os responsáveis por este aplicativo.",
    },
    other_user: ErrorText {
        title: "Você entrou com outra conta",
        message: "Esta página pede que você entre de novo com a conta que usa aqui. Nada mudou.",
        advice: "Entre novamente para continuar, com uma conta ou com a outra.",
    },
    not_strong: ErrorText {
        title: "É preciso um login mais forte",
        message: "Você entrou, mas não da forma exigida aqui, por exemplo com um segundo fator.",
        advice: "Configure essa forma no serviço de login e entre novamente. Se não adiantar, pergunte aos responsáveis por este aplicativo.",
    },
    too_large: ErrorText {
        title: "Há informações demais sobre você",
        message: "A sua conta traz mais informações do que um navegador consegue guardar. As maiores partes são:",
        advice: "Avise os responsáveis por este aplicativo; eles podem escolher o que é guardado.",
    },
    unknown_provider: ErrorText {
        title: "Não existe essa forma de entrar",
        message: "Este aplicativo não oferece essa forma de entrar, ou não a oferece mais.",
        advice: "Vá para a página inicial e entre por lá.",
    },
    not_allowed: ErrorText {
        title: "Você não pode usar este aplicativo",
        message: "O login funcionou, mas este aplicativo não está aberto à sua conta.",
        advice: "Tente outra conta ou peça acesso aos responsáveis por este aplicativo.",
    },
    groups_undecided: ErrorText {
        title: "Não foi possível verificar o seu acesso",
        message: "O login foi feito, mas o serviço que conhece os seus grupos não respondeu como devia. Por isso, este aplicativo não consegue saber se você tem acesso.",
        advice: "Espere um minuto e entre novamente. Se acontecer outra vez, avise os responsáveis por este aplicativo; eles encontram a causa no registro.",
    },
    forbidden: ErrorText {
        title: "Você não pode ver esta página",
        message: "O login está feito, mas a sua conta não tem acesso a esta página.",
        advice: "Peça acesso aos responsáveis por este aplicativo ou entre com outra conta.",
    },
    not_a_page: ErrorText {
        title: "Para entrar é preciso uma janela própria",
        message: "Não funciona dentro de outra página.",
        advice: "Abra este aplicativo em sua própria janela ou aba e entre por lá.",
    },
    clocks_differ: ErrorText {
        title: "Não foi possível entrar",
        message: "Os relógios dos servidores deste aplicativo estão diferentes, e um não aceita o que outro começou.",
        advice: "Espere um minuto e entre novamente. Se acontecer outra vez, avise os responsáveis por este aplicativo.",
    },
    provider_changed: ErrorText {
        title: "Este login não pode ser concluído aqui",
        message: "As configurações do serviço de login mudaram enquanto você entrava.",
        advice: "Entre novamente.",
    },
    app_error: ErrorText {
        title: "Não foi possível entrar",
        message: "O login foi feito, mas este aplicativo teve um problema próprio e não pôde dar acesso a você.",
        advice: "Espere um minuto e entre novamente. Se acontecer outra vez, avise os responsáveis por este aplicativo; eles encontram a causa no registro.",
    },
    other_origin: ErrorText {
        title: "Nada foi feito",
        message: "Outro site tentou fazer algo aqui em seu nome, e isso foi recusado.",
        advice: "Se era você quem queria, faça isso em uma página deste aplicativo.",
    },
    held_form: ErrorText {
        title: "Entre para enviar este formulário",
        message: "Primeiro é preciso entrar, por isso nada foi alterado. O que você preencheu fica guardado nesta página.",
        advice: "Entre em uma nova aba, feche-a e envie o formulário por aqui. Deixe esta página aberta até lá.",
    },
    confirm_logout: ErrorText {
        title: "Você quer sair?",
        message: "Outro site abriu este endereço, e nada foi feito até agora.",
        advice: "Se você quer sair, confirme aqui. Caso contrário, vá para a página inicial; a sua sessão continua aberta.",
    },
};
