package render_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig/render"
)

// TestSignatureIsRendered: the configuration names the key, and its hash covers the name, so that pods with another file count as stale.
func TestSignatureIsRendered(t *testing.T) {
	d := newDeclaration()
	d.Spec.Ports = []v1alpha1.ChatPort{{Name: "http", Shape: "chatwoot-agent-bot", Signature: &v1alpha1.PortSignature{
		SecretKeyRef: v1alpha1.SecretKey{Name: "chatwoot", Key: "webhook"}, URL: "https://bot.shop.example",
	}}}
	got, err := render.Config(d, newVerdict(), builtIn(), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := &sidecarconfig.Signature{Secret: "chatwoot/webhook", URL: "https://bot.shop.example"}
	if diff := cmp.Diff(want, got.Ports[0].Signature); diff != "" {
		t.Errorf("signature (-want +got):\n%s", diff)
	}
	hashes := map[string]bool{}
	for _, key := range []string{"webhook", "next"} {
		d.Spec.Ports[0].Signature.SecretKeyRef.Key = key
		_, hash, err := render.File(d, newVerdict(), builtIn(), nil)
		if err != nil {
			t.Fatal(err)
		}
		hashes[hash] = true
	}
	if len(hashes) != 2 {
		t.Error("another key has the same hash")
	}
}
