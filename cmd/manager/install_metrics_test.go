package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

// metricsAreThere scrapes the manager as Prometheus does: with the token of a service account that has the role for it. The declaration of
// configuresDeclaration and its webhooks have left something to count.
func (i *installation) metricsAreThere(t *testing.T) {
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "prometheus"}}
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "prometheus"}, Subjects: []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: "default", Name: "prometheus"}},
		RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "chaperone-metrics-reader"},
	}
	token := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: ptr.To[int64](3600)}}
	for _, err := range []error{i.admin.Create(t.Context(), account), i.admin.Create(t.Context(), binding), i.admin.SubResource("token").Create(t.Context(), account, token)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, 30*time.Second, func() error {
		page, err := i.scrape(t.Context(), token.Status.Token)
		if err != nil {
			return err
		}
		for _, want := range []string{
			"chaperone_declarations 1\n", `chaperone_chatbots{enforcement="`, "chaperone_certificate_expiry_timestamp_seconds 1.",
			"chaperone_admission_decisions_total{", "chaperone_registration_repairs_total{",
		} {
			if !strings.Contains(page, want) {
				return fmt.Errorf("the metrics lack %s", want)
			}
		}
		return nil
	})
}

// scrape returns the metrics of the manager.
func (i *installation) scrape(ctx context.Context, token string) (string, error) {
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("https://127.0.0.1:%d/metrics", i.metric), nil)
	if err != nil {
		return "", err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := transport.RoundTrip(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("status %d: %s", response.StatusCode, body)
	}
	return string(body), err
}
