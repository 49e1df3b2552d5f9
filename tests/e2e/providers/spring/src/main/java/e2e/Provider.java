package e2e;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.JSONObjectUtils;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.core.annotation.Order;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.oauth2.server.authorization.OAuth2AuthorizationServerConfigurer;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.security.oauth2.server.authorization.client.InMemoryRegisteredClientRepository;
import org.springframework.security.oauth2.server.authorization.client.RegisteredClient;
import org.springframework.security.oauth2.server.authorization.client.RegisteredClientRepository;
import org.springframework.security.oauth2.server.authorization.settings.AuthorizationServerSettings;
import org.springframework.security.oauth2.server.authorization.settings.ClientSettings;
import org.springframework.security.oauth2.server.authorization.token.JwtEncodingContext;
import org.springframework.security.oauth2.server.authorization.token.OAuth2TokenCustomizer;
import org.springframework.security.oauth2.jose.jws.SignatureAlgorithm;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.LoginUrlAuthenticationEntryPoint;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * An OpenID provider with Spring Authorization Server: java -jar provider.jar SETTINGS.json
 *
 * <p>Settings as for ../node/server.mjs, as far as they apply. The client has the keys {@code client_jwks} instead of a
 * secret if they are set. It signs by RS256 only. A control for the tests:
 * POST /__control/rotate replaces the signing key; ?kid=same reuses its key ID.
 */
@SpringBootApplication
@RestController
public class Provider {
    private static Map<String, Object> settings;

    private volatile RSAKey key = newKey(UUID.randomUUID().toString());

    public static void main(String[] arguments) throws Exception {
        settings = JSONObjectUtils.parse(Files.readString(Path.of(arguments[0])));
        SpringApplication application = new SpringApplication(Provider.class);
        application.setDefaultProperties(Map.of(
                "server.address", "127.0.0.1", "server.port", settings.get("port"), "spring.main.banner-mode", "off"));
        application.run();
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> object(Map<String, Object> parent, String name) {
        return (Map<String, Object>) parent.get(name);
    }

    @Bean
    RegisteredClientRepository clients() {
        Map<String, Object> client = object(settings, "client");
        RegisteredClient.Builder builder = RegisteredClient.withId("1")
                .clientId((String) client.get("id"))
                .authorizationGrantType(AuthorizationGrantType.AUTHORIZATION_CODE)
                .redirectUri((String) client.get("redirect_uri"))
                .scope("openid").scope("profile").scope("email");
        ClientSettings.Builder behaviour = ClientSettings.builder().requireProofKey(true).requireAuthorizationConsent(false);
        if (settings.containsKey("client_jwks")) {
            builder.clientAuthenticationMethod(ClientAuthenticationMethod.PRIVATE_KEY_JWT);
            behaviour.jwkSetUrl("http://127.0.0.1:" + settings.get("port") + "/__control/client_jwks")
                    .tokenEndpointAuthenticationSigningAlgorithm(SignatureAlgorithm.from((String) settings.get("client_alg")));
        } else {
            builder.clientSecret("{noop}" + client.get("secret"))
                    .clientAuthenticationMethod(ClientAuthenticationMethod.CLIENT_SECRET_BASIC);
        }
        builder.clientSettings(behaviour.build());
        ((List<?>) client.get("post_logout_redirect_uris")).forEach(uri -> builder.postLogoutRedirectUri((String) uri));
        return new InMemoryRegisteredClientRepository(builder.build());
    }

    @Bean
    UserDetailsService users() {
        return new InMemoryUserDetailsManager(object(settings, "people").keySet().stream()
                .map(name -> User.withUsername(name).password("{noop}password").roles("USER").build()).toList());
    }

    @Bean
    OAuth2TokenCustomizer<JwtEncodingContext> claims() {
        return context -> {
            if (context.getTokenType().getValue().equals("id_token")) {
                Map<String, Object> claims = object(object(settings, "people"), context.getPrincipal().getName());
                context.getClaims().claims(known -> known.putAll(claims));
            }
        };
    }

    @Bean
    JWKSource<SecurityContext> keys() {
        return (selector, context) -> selector.select(new JWKSet(key));
    }

    @Bean
    AuthorizationServerSettings address() {
        return AuthorizationServerSettings.builder().issuer((String) settings.get("issuer")).build();
    }

    @Bean
    @Order(1)
    SecurityFilterChain protocol(HttpSecurity http) throws Exception {
        OAuth2AuthorizationServerConfigurer server = new OAuth2AuthorizationServerConfigurer();
        return http.securityMatcher(server.getEndpointsMatcher())
                .with(server, configurer -> configurer.oidc(Customizer.withDefaults()))
                .authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
                .exceptionHandling(handling -> handling.authenticationEntryPoint(new LoginUrlAuthenticationEntryPoint("/login")))
                .build();
    }

    @Bean
    @Order(2)
    SecurityFilterChain pages(HttpSecurity http) throws Exception {
        return http.csrf(csrf -> csrf.ignoringRequestMatchers("/__control/**"))
                .authorizeHttpRequests(requests -> requests
                        .requestMatchers("/__control/**", "/error").permitAll().anyRequest().authenticated())
                .formLogin(Customizer.withDefaults()).build();
    }

    @GetMapping("/__control/client_jwks")
    Map<String, Object> clientKeys() {
        return object(settings, "client_jwks");
    }

    @PostMapping("/__control/rotate")
    void rotate(@RequestParam(name = "kid", defaultValue = "new") String kid) {
        key = newKey(kid.equals("same") ? key.getKeyID() : UUID.randomUUID().toString());
    }

    private static RSAKey newKey(String kid) {
        try {
            return new RSAKeyGenerator(2048).keyID(kid).keyUse(KeyUse.SIGNATURE).algorithm(JWSAlgorithm.RS256).generate();
        } catch (JOSEException error) {
            throw new IllegalStateException(error);
        }
    }
}
