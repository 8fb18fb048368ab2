package schema_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/chaperone-dev/chaperone/config/crd"
	"github.com/chaperone-dev/chaperone/internal/cli/schema"
	"github.com/chaperone-dev/chaperone/test/builders"
)

func TestValidate(t *testing.T) {
	set := func(value any, path ...string) func(map[string]any) {
		return func(object map[string]any) {
			if err := unstructured.SetNestedField(object, value, path...); err != nil {
				t.Fatal(err)
			}
		}
	}
	tests := map[string]struct {
		change func(map[string]any)
		want   []string
	}{
		"a declaration that complies": {change: func(map[string]any) {}},
		"a status is not looked at":   {change: set("nonsense", "status")},
		"null counts as missing":      {change: set(nil, "spec", "consent", "marketing")},
		"an unknown field": {
			change: set("x", "spec", "retention", "days"),
			want:   []string{"spec.retention.days: Forbidden: unknown field: remove it or correct its name"},
		},
		"two unknown fields: both, sorted": {
			change: func(object map[string]any) { set(1.0, "spec", "zone")(object); set(1.0, "spec", "area")(object) },
			want: []string{
				"spec.area: Forbidden: unknown field: remove it or correct its name",
				"spec.zone: Forbidden: unknown field: remove it or correct its name",
			},
		},
		"fields of earlier versions: what takes their place, to paste": {
			change: func(object map[string]any) {
				set([]any{map[string]any{"name": "http", "api": "anthropic-messages", "path": "/chat"}}, "spec", "ports")(object)
				set([]any{map[string]any{"name": "a"}, map[string]any{"name": "model", "api": "no: one"}}, "spec", "processors")(object)
			},
			want: []string{
				"spec.ports[0].api: Forbidden: unknown field: shape took its place, so write `shape: anthropic-messages` instead",
				"spec.ports[0].path: Forbidden: unknown field: parameters took its place, so write `parameters: {path: /chat}` instead",
				"spec.processors[1].api: Forbidden: unknown field: shape took its place, so write `shape: \"no: one\"` instead",
			},
		},
		"a word that is not in the list": {
			change: set("soon", "spec", "oversight", "significantDecisions"),
			want:   []string{`spec.oversight.significantDecisions: Unsupported value: "soon": supported values: "none", "human-decides", "allowed", "notice", "opt-out", "only-with-basis", "prohibited"`},
		},
		"a number out of bounds": {
			change: set(int64(-1), "spec", "retention", "transcriptDays"),
			want:   []string{"spec.retention.transcriptDays: Invalid value: -1: spec.retention.transcriptDays in body should be greater than or equal to 0"},
		},
		"limits at their bounds": {
			change: set(map[string]any{"requestBytes": int64(16 << 20), "responseBytes": int64(64 << 20), "firstByteSeconds": int64(900), "idleSeconds": int64(1)},
				"spec", "limits"),
		},
		"a limit out of bounds: requestBytes": {
			change: set(int64(16<<20+1), "spec", "limits", "requestBytes"),
			want:   []string{"spec.limits.requestBytes: Invalid value: 16777217: spec.limits.requestBytes in body should be less than or equal to 16777216"},
		},
		"a limit out of bounds: responseBytes": {
			change: set(int64(1023), "spec", "limits", "responseBytes"),
			want:   []string{"spec.limits.responseBytes: Invalid value: 1023: spec.limits.responseBytes in body should be greater than or equal to 1024"},
		},
		"a limit out of bounds: firstByteSeconds": {
			change: set(int64(0), "spec", "limits", "firstByteSeconds"),
			want:   []string{"spec.limits.firstByteSeconds: Invalid value: 0: spec.limits.firstByteSeconds in body should be greater than or equal to 1"},
		},
		"a limit out of bounds: idleSeconds": {
			change: set(int64(901), "spec", "limits", "idleSeconds"),
			want:   []string{"spec.limits.idleSeconds: Invalid value: 901: spec.limits.idleSeconds in body should be less than or equal to 900"},
		},
		"a word that is there twice": {
			change: set([]any{"eu", "eu"}, "spec", "jurisdictions"),
			want:   []string{`spec.jurisdictions[1]: Duplicate value: "eu"`},
		},
		"a rule in CEL": {
			change: set(map[string]any{}, "spec", "selector"),
			want: []string{"spec.selector: Invalid value: " +
				"spec.selector must have matchLabels or matchExpressions: an empty selector would govern every pod of the namespace"},
		},
		"a name that is not a DNS label": {
			change: set("a.b", "metadata", "name"),
			want: []string{"<nil>: Invalid value: " +
				"metadata.name must be a DNS label of at most 52 characters: it is used as a label value and as the suffix of object names"},
		},
		"a name that no object can have": {
			change: set("A_B", "metadata", "name"),
			want:   []string{"metadata.name: Invalid value: \"A_B\""},
		},
	}
	validator, err := schema.New(crd.Definitions()...)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(builders.ChatbotDeployment())
			if err != nil {
				t.Fatal(err)
			}
			delete(object, "status")
			tc.change(object)
			before := (&unstructured.Unstructured{Object: object}).DeepCopy()
			errs := validator.Validate(t.Context(), &unstructured.Unstructured{Object: object})
			if len(errs) != len(tc.want) {
				t.Fatalf("%d errors, want %d: %v", len(errs), len(tc.want), errs)
			}
			for i, want := range tc.want {
				if !strings.HasPrefix(errs[i].Error(), want) {
					t.Errorf("error %d is %q, want %q", i, errs[i], want)
				}
			}
			if diff := cmp.Diff(before.Object, object); diff != "" {
				t.Errorf("the object was changed (-before +after):\n%s", diff)
			}
		})
	}
}

// TestValidateByPlace: an entry for places has a value, and a reason why a dimension does not apply is one in any script.
func TestValidateByPlace(t *testing.T) {
	const noValue = "spec.perPlace[] must have a value in retention, rights, audience or residency: without any it does nothing"
	validator, err := schema.New(crd.Definitions()...)
	if err != nil {
		t.Fatal(err)
	}
	const noReason = "must say why in at least three words"
	place := func(field string, value map[string]any) map[string]any {
		return map[string]any{"perPlace": []any{map[string]any{"jurisdictions": []any{"eu"}, field: value}}}
	}
	reason := func(text string) map[string]any {
		return map[string]any{"notApplicable": []any{map[string]any{"dimension": "rights.contact", "reason": text}}}
	}
	for name, tc := range map[string]struct {
		fields map[string]any
		want   string
	}{
		"a time for a place":        {fields: place("retention", map[string]any{"transcriptDays": int64(0)})},
		"a language for a place":    {fields: place("audience", map[string]any{"languages": []any{"de"}})},
		"no value":                  {place("retention", map[string]any{}), noValue},
		"no value in rights":        {place("rights", map[string]any{}), noValue},
		"no value in audience":      {place("audience", map[string]any{}), noValue},
		"no value in residency":     {place("residency", map[string]any{}), noValue},
		"regions of pods":           {place("residency", map[string]any{"regions": []any{"eu-central-1"}}), "spec.perPlace[].residency.regions cannot be stated by place"},
		"a reason":                  {fields: reason("nobody asks for data")},
		"a reason of three words":   {fields: reason("no personal data")},
		"a reason without spaces":   {fields: reason("この窓口は従業員だけが使用します")},
		"a reason with numbers":     {fields: reason("3 clerks (trained) use it")},
		"a reason in Greek letters": {fields: reason("δεν υπάρχουν πελάτες")},
		"a reason in Chinese":       {fields: reason("不处理个人数据")},
		"a reason in Japanese":      {fields: reason("データは保存しない")},
		"a reason in Korean":        {fields: reason("결제 기능이 없음")},
		"a reason in Thai":          {fields: reason("ไม่เก็บข้อมูล")},
		"three short words":         {reason("no, no, no"), noReason},
		"few characters":            {reason("不 不 不 不 不"), noReason},
		"one word":                  {reason("inapplicable"), noReason},
		"two words":                 {reason("not applicable"), noReason},
		"a word with blanks":        {reason("  inapplicable  "), noReason},
		"one word of a statement":   {map[string]any{"confirmed": []any{map[string]any{"field": "spec.jurisdictions", "reason": "correct"}}}, "spec.confirmed[0].reason"},
		"dots":                      {reason(". . . . . . . . ."), noReason},
		"numbers":                   {reason("1 2 3 4 5 6 7 8 9"), noReason},
	} {
		t.Run(name, func(t *testing.T) {
			content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(builders.ChatbotDeployment())
			if err != nil {
				t.Fatal(err)
			}
			for field, value := range tc.fields {
				if err := unstructured.SetNestedField(content, value, "spec", field); err != nil {
					t.Fatal(err)
				}
			}
			delete(content, "status")
			var errs []string
			for _, err := range validator.Validate(t.Context(), &unstructured.Unstructured{Object: content}) {
				errs = append(errs, err.Error())
			}
			got := strings.Join(errs, "; ")
			if (got == "") != (tc.want == "") || !strings.Contains(got, tc.want) {
				t.Errorf("errors are %q, want %q", got, tc.want)
			}
		})
	}
}

func TestNewRefuses(t *testing.T) {
	tests := map[string]string{
		"no YAML":           "a: [",
		"an unknown field":  "spec: {version: v1}",
		"no version":        "spec: {group: chaperone.dev}",
		"no schema":         "spec: {versions: [{name: v1, served: true, storage: true}]}",
		"no structural one": "spec: {versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: array, items: [{type: string}]}}}]}",
	}
	for name, definition := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := schema.New([]byte(definition)); err == nil {
				t.Error("no error")
			}
		})
	}
}
