package shape_test

import (
	"encoding/json"
	"strings"
	"testing"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/internal/shape"
)

// newSchemaValidator returns a validator, with the code of the API server, for the JSON schema of shapes.
func newSchemaValidator(t *testing.T) validation.SchemaValidator {
	t.Helper()
	content, err := json.Marshal(shape.Schema())
	if err != nil {
		t.Fatal(err)
	}
	var published apiextensionsv1.JSONSchemaProps
	if err := json.Unmarshal(content, &published); err != nil {
		t.Fatal(err)
	}
	var schema apiextensions.JSONSchemaProps
	if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(&published, &schema, nil); err != nil {
		t.Fatal(err)
	}
	validator, _, err := validation.NewSchemaValidator(&schema)
	if err != nil {
		t.Fatal(err)
	}
	return validator
}

// TestSchemaAgreesWithTheLoader: the schema accepts the presets, and refuses what the loader refuses because of a key, a type or a closed list.
func TestSchemaAgreesWithTheLoader(t *testing.T) {
	validator := newSchemaValidator(t)
	for _, name := range []string{"anthropic-messages", "ollama-chat", "openai-chat", "openai-responses"} {
		if got := checkSchema(t, validator, readPreset(t, name)); got != "" {
			t.Errorf("the schema refuses %s: %s", name, got)
		}
	}
	preset := readPreset(t, "openai-chat")
	cases := map[string]struct{ old, broken, want string }{
		"unknown key":            {"title: ", "titel: x\ntitle: ", "titel"},
		"unknown key of a place": {"{at: $.seed, is: opaque}", "{at: $.seed, is: opaque, when: x}", "request.places[2].when"},
		"key that is missing":    {"title: OpenAI API\n", "", "title"},
		"unknown meaning":        {"{at: $.seed, is: opaque}", "{at: $.seed, is: noise}", "request.places[2].is"},
		"unknown JSON kind":      {"kinds: [boolean, \"null\"]", "kinds: [bool]", "request.places[3].kinds[0]"},
		"unknown growth":         {"{at: $.error, is: failure}", "{at: $.error, grows: backwards}", "grows"},
		"unknown framing":        {"framing: sse", "framing: morse", "stream.framing"},
		"unknown role":           {"developer: system", "developer: maker", "roles"},
		"unserved use":           {"use: turn}", "use: chat}", "routes[0].use"},
		"number for a text":      {"title: OpenAI API", "title: 7", "title"},
		"text for a number":      {"revision: 4", "revision: one", "revision"},
		"list for a selector":    {"{at: $.seed, is: opaque}", "{at: [], is: opaque}", "request.places[2].at"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			broken := strings.Replace(preset, tc.old, tc.broken, 1)
			if _, err := shape.Load([]byte(broken)); err == nil {
				t.Error("the loader accepts it")
			}
			if got := checkSchema(t, validator, broken); !strings.Contains(got, tc.want) {
				t.Errorf("the schema says %q, want %q", got, tc.want)
			}
		})
	}
}

// checkSchema returns what the schema finds wrong with a document.
func checkSchema(t *testing.T, validator validation.SchemaValidator, document string) string {
	t.Helper()
	var value any
	if err := yaml.Unmarshal([]byte(document), &value); err != nil {
		t.Fatal(err)
	}
	if err := validation.ValidateCustomResource(nil, value, validator).ToAggregate(); err != nil {
		return err.Error()
	}
	return ""
}
