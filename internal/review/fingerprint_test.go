package review

import (
	"reflect"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/fingerprint"
)

// TestEveryFieldOfAnInputCounts sets each field of each input, however deep, and wants another fingerprint every time.
func TestEveryFieldOfAnInputCounts(t *testing.T) {
	declaration := declarationInput{Facts: facts.DeclarationInput{Declaration: keepNameAndSpec(&v1alpha1.ChatbotDeployment{})}}
	for name, input := range map[string]any{"declaration": &declaration, "pod": &podInput{}} {
		t.Run(name, func(t *testing.T) {
			seen := map[fingerprint.Sum]string{}
			remember := func(field string) {
				key, isComparable := fingerprint.Compute(input)
				if !isComparable {
					t.Fatalf("%s: the input has no fingerprint", field)
				}
				if other, twice := seen[key]; twice {
					t.Errorf("%s: the fingerprint is that of %s", field, other)
				}
				seen[key] = field
			}
			remember("nothing set")
			visit(t, reflect.ValueOf(input).Elem(), name, remember)
		})
	}
}

// visit sets the fields below v one at a time and calls remember each time; it leaves v as it was.
func visit(t *testing.T, v reflect.Value, path string, remember func(string)) {
	t.Helper()
	v = reflect.NewAt(v.Type(), v.Addr().UnsafePointer()).Elem() // unexported fields too
	before := reflect.New(v.Type()).Elem()
	before.Set(v)
	defer v.Set(before)
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[metav1.ObjectMeta]() || v.Type() == reflect.TypeFor[v1alpha1.ChatbotDeploymentStatus]() || v.Type() == reflect.TypeFor[metav1.TypeMeta]() {
			return // reduce leaves only what stands in every input
		}
		for i := range v.NumField() {
			if v.Type() == reflect.TypeFor[runtime.RawExtension]() && v.Type().Field(i).Name == "Object" {
				continue // No decoder sets it, and fingerprint.Compute refuses it.
			}
			visit(t, v.Field(i), path+"."+v.Type().Field(i).Name, remember)
		}
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
			remember(path)
		}
		visit(t, v.Elem(), path, remember)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		remember(path + "[]")
		if v.Type().Elem().Kind() != reflect.Uint8 {
			visit(t, v.Index(0), path+"[0]", remember)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		remember(path + "{}")
		for _, name := range []string{"key", "other"} {
			key := reflect.ValueOf(name).Convert(v.Type().Key())
			v.Set(reflect.MakeMap(v.Type()))
			element := reflect.New(v.Type().Elem()).Elem()
			v.SetMapIndex(key, element)
			remember(path + "{" + name + "}")
			visit(t, element, path+"{"+name+"}=", func(field string) {
				v.SetMapIndex(key, element)
				remember(field)
			})
		}
	case reflect.String:
		v.SetString("changed")
		remember(path)
	case reflect.Bool:
		v.SetBool(!v.Bool())
		remember(path)
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(v.Int() + 1)
		remember(path)
	case reflect.Array:
		v.Index(0).SetUint(1)
		remember(path)
	default:
		t.Errorf("%s: a %s in an input: teach the fingerprint and this test about it", path, v.Kind())
	}
}
