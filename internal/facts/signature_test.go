package facts_test

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
)

// inlineSigned is a shape whose messages are signed in the form that takes the place of FORM.
const inlineSigned = `{"routes":[{"name":"ask","method":"POST","path":"/ask","use":"turn","signed":true}],"signature":{"form":"FORM","header":"X-Signature"},
	"request":{"fields":"form","places":[{"at":"$","is":"message","author":"user"}]},"answer":{"places":[{"at":"$","is":"message","author":"assistant"}]}}`

// TestSignaturesOfPorts: what a declaration says of the signature fits its shape, or is a fault with its place; a signature that nothing
// checks is named, unless redaction does not break it.
func TestSignaturesOfPorts(t *testing.T) {
	inline := func(form string) v1alpha1.ChatPort {
		return v1alpha1.ChatPort{Inline: &runtime.RawExtension{Raw: []byte(strings.Replace(inlineSigned, "FORM", form, 1))}}
	}
	signed := func(port v1alpha1.ChatPort, url string) v1alpha1.ChatPort {
		port.Signature = &v1alpha1.PortSignature{SecretKeyRef: v1alpha1.SecretKey{Name: "a", Key: "b"}, URL: url}
		return port
	}
	chatwoot, chat := v1alpha1.ChatPort{Shape: "chatwoot-agent-bot"}, v1alpha1.ChatPort{Shape: "openai-chat"}
	for name, tc := range map[string]struct {
		port                    v1alpha1.ChatPort
		field, fault, unchecked string
	}{
		"unsigned messages":                 {port: chat},
		"unsigned messages, a secret":       {port: signed(chat, ""), field: "spec.ports[0].signature", fault: "Remove it: messages of the shape openai-chat have no signature"},
		"signed messages":                   {port: signed(chatwoot, "")},
		"signed messages, no secret":        {port: chatwoot, unchecked: "X-Chatwoot-Signature"},
		"a token":                           {port: signed(inline("token"), "")},
		"a token, no secret":                {port: inline("token")},
		"a signature of the URL":            {port: signed(inline("form-hmac-sha1"), "https://bot.example")},
		"a signature of the URL, no URL":    {port: signed(inline("form-hmac-sha1"), ""), field: "spec.ports[0].signature.url", fault: "State what stands before the path"},
		"a signature of the URL, no secret": {port: inline("form-hmac-sha1"), unchecked: "X-Signature"},
		"a shape that does not exist":       {port: signed(v1alpha1.ChatPort{Shape: "soap"}, "")},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := facts.NewShapes(&v1alpha1.ChatbotDeploymentSpec{Ports: []v1alpha1.ChatPort{tc.port}}, nil)
			if err != nil {
				t.Fatal(err)
			}
			use := got.Uses[0]
			if use.SignatureField != tc.field || !strings.HasPrefix(use.SignatureFault, tc.fault) || (use.SignatureFault == "") != (tc.fault == "") {
				t.Errorf("fault %q at %q", use.SignatureFault, use.SignatureField)
			}
			if use.UncheckedHeader != tc.unchecked || use.Fault != "" {
				t.Errorf("unchecked header %q, fault %q", use.UncheckedHeader, use.Fault)
			}
		})
	}
}
