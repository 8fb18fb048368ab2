package opa

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// TestEncode compares terms with the JSON of the same values.
func TestEncode(t *testing.T) {
	type embedded struct{ metav1.TypeMeta }
	type inner struct {
		B int      `json:"b,omitempty"`
		C []string `json:"c"`
	}
	values := map[string]any{
		"nothing":  &v1alpha1.ChatbotDeploymentSpec{},
		"embedded": embedded{metav1.TypeMeta{Kind: "x"}},
		"flattened": struct {
			A string `json:"a"`
			inner
			Hidden string `json:"-"`
		}{"x", inner{B: 1, C: []string{"y"}}, "z"},
		"own JSON":    map[string]metav1.Duration{"x": {Duration: 3}},
		"pointers":    []*int32{ptr.To[int32](0), nil, ptr.To[int32](7)},
		"empty lists": struct{ A, B, C []string }{B: []string{}, C: []string{""}},
		"omitted": struct {
			A []string          `json:"a,omitempty"`
			B []string          `json:"b,omitzero"`
			C map[string]string `json:"c,omitempty"`
			D *bool             `json:"d,omitempty"`
			E int               `json:"e,omitempty"`
		}{A: []string{}, B: []string{}, C: map[string]string{}, D: ptr.To(false)},
		"hidden": struct {
			A string `json:"-"`
			b string
		}{"x", "y"},
		"bytes and fractions": map[string]any{"a": []byte("x"), "b": 1.5, "c": uint8(3), "d": nil},
		"text":                []string{"<&>", "\xff\xfe", "\u2028", "“é”"},
		"numbers as names":    map[int]string{1: "x"},
	}
	for _, folder := range []string{"../enginetest/testdata", "../../../config/samples"} {
		for name, d := range readDeclarations(t, folder) {
			values[name] = &d.Spec
		}
	}
	if len(values) < 50 {
		t.Fatalf("only %d values", len(values))
	}
	for name, value := range values {
		t.Run(name, func(t *testing.T) { compareWithJSON(t, value) })
	}
}

// TestEncodeRandom encodes random specs, so that every field has values of every form.
func TestEncodeRandom(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		spec := new(v1alpha1.ChatbotDeploymentSpec)
		fillRandomly(random, reflect.ValueOf(spec).Elem())
		compareWithJSON(t, spec)
	}
}

// fillRandomly sets a value to a random value of its type, often to the zero value.
func fillRandomly(random *rand.Rand, v reflect.Value) {
	if raw, isDocument := v.Addr().Interface().(*runtime.RawExtension); isDocument {
		raw.Raw = []byte([]string{`{}`, `{"b":[1,"<x>"],"a":null}`, `{"n":12345678901234567890.5}`}[random.IntN(3)])
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fillRandomly(random, v.Field(i))
		}
	case reflect.Pointer:
		if random.IntN(3) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fillRandomly(random, v.Elem())
		}
	case reflect.Slice:
		if random.IntN(3) > 0 {
			v.Set(reflect.MakeSlice(v.Type(), random.IntN(3), 3))
			for i := range v.Len() {
				fillRandomly(random, v.Index(i))
			}
		}
	case reflect.Map:
		if random.IntN(3) > 0 {
			v.Set(reflect.MakeMap(v.Type()))
			value := reflect.New(v.Type().Elem()).Elem()
			fillRandomly(random, value)
			v.SetMapIndex(reflect.ValueOf("x").Convert(v.Type().Key()), value)
		}
	case reflect.String:
		v.SetString([]string{"", "a", "<b> & \"c\""}[random.IntN(3)])
	case reflect.Bool:
		v.SetBool(random.IntN(2) > 0)
	default:
		v.SetInt(int64(random.IntN(3)) - 1)
	}
}

func compareWithJSON(t *testing.T, value any) {
	t.Helper()
	got, err := Encode(value)
	if err != nil {
		t.Fatal(err)
	}
	content, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	want, err := ast.ValueFromReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	if got.Value.Compare(want) != 0 {
		t.Errorf("term %v, want that of its JSON %v", got, want)
	}
}

// readDeclarations reads the declarations below a folder, by file.
func readDeclarations(t *testing.T, folder string) map[string]*v1alpha1.ChatbotDeployment {
	t.Helper()
	found := make(map[string]*v1alpha1.ChatbotDeployment)
	err := filepath.WalkDir(folder, func(path string, _ os.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".yaml" {
			return err
		}
		content, err := os.ReadFile(path)
		declaration := new(v1alpha1.ChatbotDeployment)
		if err == nil && strings.Contains(string(content), "kind: ChatbotDeployment") && yaml.Unmarshal(content, declaration) == nil {
			found[path] = declaration
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
