package filter

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

func TestVoiceSpeaksTheDeclaredLanguages(t *testing.T) {
	cases := map[string]struct {
		declared *sidecarconfig.Disclose
		accept   string
		want     string
	}{
		"no statements":                           {nil, "de", "en"},
		"a declared language":                     {declare("en", "de"), "de-AT", "de"},
		"a language that is not declared":         {declare("en", "de"), "fr", "en"},
		"the default language":                    {declare("de", "en"), "", "de"},
		"a region of a language":                  {declare("pt-BR"), "", "pt"},
		"a declared language without phrases":     {declare("de", "fi"), "fi", "en"},
		"a default language without any phrases":  {declare("fi"), "de", "en"},
		"a declared language, one of many wanted": {declare("en", "fr", "de"), "fi, fr;q=0.9, de;q=0.8", "fr"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			v, err := NewVoice(sidecarconfig.Config{Disclose: tc.declared})
			if err != nil {
				t.Fatal(err)
			}
			i := v.languages.choose(http.Header{"Accept-Language": {tc.accept}})
			all, err := refusal.ReadPhrases()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(all[tc.want], v.phrases[i]); diff != "" || v.spoken[i] != tc.want {
				t.Errorf("phrases in %q, want %q (-want +got):\n%s", v.spoken[i], tc.want, diff)
			}
		})
	}
}

// declare returns a disclosure with statements in the languages, the first of which is the default.
func declare(tags ...string) *sidecarconfig.Disclose {
	d := &sidecarconfig.Disclose{DefaultLanguage: tags[0], Statements: map[string]string{}}
	for _, tag := range tags {
		d.Statements[tag] = "This is an AI system."
	}
	return d
}
