package builders

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// ShapeDocument is the document of the shape that ChatShape returns.
const ShapeDocument = `{
	"revision": 1,
	"routes": [{"name": "ask", "method": "POST", "path": "/ask", "use": "turn"}],
	"request": {"places": [{"at": "$", "is": "message", "author": "user"}, {"at": "$.question", "is": "prose"}]},
	"answer": {"places": [{"at": "$", "is": "message", "author": "assistant"}, {"at": "$.reply", "is": "prose"}]},
	"examples": [{"name": "An answer", "of": "answer", "in": "{\"reply\":\"Hello\"}", "texts": ["Hello"], "out": "{\"reply\":\"Hello\"}"}]}`

// ChatShape returns a ChatShape that can be used, with the document.
func ChatShape(name, document string) *v1alpha1.ChatShape {
	return &v1alpha1.ChatShape{
		TypeMeta:   metav1.TypeMeta{APIVersion: v1alpha1.GroupVersion.String(), Kind: "ChatShape"},
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec:       runtime.RawExtension{Raw: []byte(document)},
	}
}
