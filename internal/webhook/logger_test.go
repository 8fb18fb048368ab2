package webhook

import (
	"strings"
	"testing"

	"github.com/go-logr/logr/funcr"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

func TestLogsDoNotNameUsers(t *testing.T) {
	var lines strings.Builder
	base := funcr.New(func(_, args string) { lines.WriteString(args) }, funcr.Options{})
	request := &admission.Request{}
	request.Kind.Kind, request.Namespace, request.Name = "Pod", "shop", "support-bot"
	request.UserInfo.Username = "ada@shop.example"
	newLogger(base, request).Info("Refused a pod")
	if strings.Contains(lines.String(), "ada@") || !strings.Contains(lines.String(), "support-bot") {
		t.Errorf("line: %s", lines.String())
	}
}
