package readers

import (
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// rule is an alert with the time after which it fires.
type rule struct {
	rulefmt.Rule
	lasts time.Duration
}

// readAlerts returns the alerts by name. It parses the rules as Prometheus does, with the templates of their annotations.
func readAlerts(t *testing.T) map[string]rule {
	t.Helper()
	var object struct{ Spec any }
	if err := yaml.Unmarshal(readFile(t, "config/monitoring/rules.yaml"), &object); err != nil {
		t.Fatal(err)
	}
	spec, err := yaml.Marshal(object.Spec)
	if err != nil {
		t.Fatal(err)
	}
	groups, errs := rulefmt.Parse(spec, false, model.LegacyValidation, syntax, slog.New(slog.DiscardHandler))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	alerts := map[string]rule{}
	for _, group := range groups.Groups {
		for _, r := range group.Rules {
			alerts[r.Alert] = rule{r, time.Duration(r.For)}
		}
	}
	return alerts
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestAlerts evaluates each alert on series for which it has to fire, and on series of every day, for which it must not.
func TestAlerts(t *testing.T) {
	const end = "1795435200" // 2026-11-23 12:00 UTC
	tests := map[string]struct{ fires, silent []string }{
		"ChaperoneUngovernedPods": {
			[]string{`chaperone_chatbot_ungoverned_pods{chatbot_namespace="shop",chatbot="support"} 2x30`},
			[]string{`chaperone_chatbot_ungoverned_pods{chatbot_namespace="shop",chatbot="support"} 2x12 stale`},
		},
		"ChaperoneChatbotStalled": {
			[]string{`chaperone_chatbot_problem_timestamp_seconds{chatbot_namespace="shop",chatbot="support",condition="Stalled",reason="NotCompliant"} ` + end + `x30`},
			[]string{
				`chaperone_chatbot_problem_timestamp_seconds{chatbot_namespace="shop",chatbot="support",condition="Stalled",reason="NotCompliant"} ` + end + `x3 stale`,
				`chaperone_chatbot_problem_timestamp_seconds{chatbot_namespace="shop",chatbot="trial",condition="PolicyCompliant",reason="NotCompliant"} ` + end + `x30`,
			},
		},
		"ChaperoneChatbotQuarantined": {
			[]string{`chaperone_chatbot_problem_timestamp_seconds{chatbot_namespace="shop",chatbot="support",condition="Suspended",reason="Quarantined"} ` + end},
			[]string{`chaperone_chatbot_problem_timestamp_seconds{chatbot_namespace="shop",chatbot="support",condition="Suspended",reason="SuspendedByUser"} ` + end + `x30`},
		},
		"ChaperoneUndecided": {
			[]string{`chaperone_chatbots{enforcement="None",outcome="Undecided",ready="Unknown"} 3x10`},
			[]string{`chaperone_chatbots{enforcement="None",outcome="Undecided",ready="Unknown"} 3x3 stale`, `chaperone_chatbots{enforcement="Deny",outcome="Deny",ready="False"} 3x10`},
		},
		"ChaperoneExceptionEnds": {
			[]string{`chaperone_exception_expiry_timestamp_seconds{chatbot_namespace="shop",chatbot="support",exception="trial"} 1795608000`}, // in 48 hours
			[]string{`chaperone_exception_expiry_timestamp_seconds{chatbot_namespace="shop",chatbot="support",exception="trial"} 1796040000x30`},
		},
		"ChaperonePolicyNotInForce": {
			[]string{`chaperone_organisation_objects{kind="GovernancePolicy",state="not_ready"} 1x10`},
			[]string{`chaperone_organisation_objects{kind="GovernancePolicy",state="ready"} 1x10`, `chaperone_organisation_objects{kind="ChatShape",state="not_seen"} 1x10`},
		},
		"ChaperoneRegistrationRepaired": {
			[]string{`chaperone_registration_repairs_total{kind="ValidatingAdmissionPolicy",name="chaperone-floor-pods"} 0x5 1x5`},
			[]string{`chaperone_registration_repairs_total{kind="ValidatingAdmissionPolicy",name="chaperone-floor-pods"} 1x30`},
		},
		"ChaperoneNotWatching": {
			[]string{`up 1x10`},
			nil, // All silent series have it.
		},
		"ChaperoneCertificateExpires": {
			[]string{`chaperone_certificate_expiry_timestamp_seconds 1796299200x90`}, // in 10 days
			[]string{`chaperone_certificate_expiry_timestamp_seconds 1797940800x90`}, // in 29 days
		},
		"ChaperoneReviewsFail": {
			[]string{`apiserver_admission_webhook_rejection_count{name="validate.chaperone.dev",type="validating",operation="CREATE",error_type="calling_webhook_error",rejection_code="0"} 0+1x30`},
			[]string{
				`apiserver_admission_webhook_rejection_count{name="validate.chaperone.dev",type="validating",operation="CREATE",error_type="no_error",rejection_code="403"} 0+1x30`,
				`apiserver_admission_webhook_rejection_count{name="other.example",type="validating",operation="CREATE",error_type="calling_webhook_error",rejection_code="0"} 0+1x30`,
			},
		},
		"ChaperoneReviewsFailOpen": {
			[]string{`apiserver_admission_webhook_fail_open_count{name="inject.chaperone.dev",type="admit"} 0x5 1x10`},
			[]string{`apiserver_admission_webhook_fail_open_count{name="inject.chaperone.dev",type="admit"} 1x30`, `apiserver_admission_webhook_fail_open_count{name="other.example",type="admit"} 0+1x30`},
		},
		"ChaperoneReviewsSlow": {
			[]string{
				`apiserver_admission_webhook_admission_duration_seconds_bucket{name="validate.chaperone.dev",le="0.5"} 0+1x30`,
				`apiserver_admission_webhook_admission_duration_seconds_bucket{name="validate.chaperone.dev",le="1"} 0+9x30`,
				`apiserver_admission_webhook_admission_duration_seconds_bucket{name="validate.chaperone.dev",le="+Inf"} 0+9x30`,
			},
			[]string{
				`apiserver_admission_webhook_admission_duration_seconds_bucket{name="validate.chaperone.dev",le="0.5"} 0+999x30`,
				`apiserver_admission_webhook_admission_duration_seconds_bucket{name="validate.chaperone.dev",le="1"} 0+1000x30`,
				`apiserver_admission_webhook_admission_duration_seconds_bucket{name="validate.chaperone.dev",le="+Inf"} 0+1000x30`,
			},
		},
		"ChaperoneSidecarConfigExpires": {
			[]string{`chaperone_config_expiry_timestamp_seconds{namespace="shop",pod="support-0"} 1795521600x30`}, // in a day
			[]string{`chaperone_config_expiry_timestamp_seconds{namespace="shop",pod="support-0"} 1795780800x30`, `chaperone_config_expiry_timestamp_seconds{namespace="dev",pod="a"} 0x30`},
		},
		"ChaperoneSidecarRefusesConfig": {
			[]string{`chaperone_config_reload_failures_total{namespace="shop",pod="support-0"} 0x5 1x5`},
			[]string{`chaperone_config_reload_failures_total{namespace="shop",pod="support-0"} 1x30`},
		},
		"ChaperoneAuditUnavailable": {
			[]string{`chaperone_audit_available{namespace="shop",pod="support-0"} 0x5`},
			[]string{`chaperone_audit_available{namespace="shop",pod="support-0"} 1x30`},
		},
	}
	alerts := readAlerts(t)
	runbook := string(readFile(t, "docs/monitoring.md"))
	for name, r := range alerts {
		tc, isTested := tests[name]
		if !isTested {
			t.Errorf("%s is not tested", name)
			continue
		}
		const duration = 90 * time.Minute
		if !newMemory(t, tc.fires).fires(t, r, duration) {
			t.Errorf("%s does not fire", name)
		}
		// absent() is about what is not there.
		silent := append(slices.Clone(tc.silent), "chaperone_declarations 0x90")
		if newMemory(t, silent).fires(t, r, duration) {
			t.Errorf("%s fires for nothing", name)
		}
		if r.Labels["severity"] == "" || r.Annotations["summary"] == "" || r.Annotations["description"] == "" {
			t.Errorf("%s has no severity, summary or description", name)
		}
		if !strings.Contains(runbook, name) {
			t.Errorf("docs/monitoring.md does not explain %s", name)
		}
	}
	if len(tests) != len(alerts) {
		t.Errorf("%d tests for %d alerts", len(tests), len(alerts))
	}
}

// TestOnlyRealMetrics: every metric of Chaperone that an alert or the dashboard reads is one that the tests of the manager and of the sidecar have
// read from them.
func TestOnlyRealMetrics(t *testing.T) {
	exposed := map[string]bool{}
	pattern := regexp.MustCompile(`chaperone_[a-z_]+`)
	for _, file := range []string{
		"controllers/posture/testdata/metrics.golden", "internal/sidecar/testdata/metrics.golden", "internal/sidecar/observe_test.go",
		"cmd/manager/install_metrics_test.go",
	} {
		for _, name := range pattern.FindAllString(string(readFile(t, file)), -1) {
			exposed[name] = true
		}
	}
	expressions := listDashboard(t)
	for _, r := range readAlerts(t) {
		expressions = append(expressions, r.Expr)
	}
	for _, expression := range expressions {
		parsed, err := syntax.ParseExpr(expression)
		if err != nil {
			t.Errorf("%s: %v", expression, err)
			continue
		}
		parser.Inspect(parsed, func(node parser.Node, _ []parser.Node) error {
			selector, ok := node.(*parser.VectorSelector)
			if !ok {
				return nil
			}
			name := strings.TrimSuffix(selector.Name, "_bucket")
			if !exposed[name] && !strings.HasPrefix(name, "apiserver_admission_webhook_") {
				t.Errorf("%s: nothing has the metric %s", expression, selector.Name)
			}
			return nil
		})
	}
}

// listDashboard returns the expressions of the dashboard, and checks what Grafana needs of it.
func listDashboard(t *testing.T) []string {
	t.Helper()
	var dashboard struct {
		Title, UID string
		Panels     []struct {
			ID          int
			Title, Type string
			GridPos     struct{ X, Y, W, H int }
			Targets     []struct{ Expr, RefID string }
		}
	}
	if err := json.Unmarshal(readFile(t, "config/monitoring/dashboard.json"), &dashboard); err != nil {
		t.Fatal(err)
	}
	if dashboard.Title == "" || dashboard.UID == "" || len(dashboard.Panels) == 0 {
		t.Fatalf("the dashboard is %+v", dashboard)
	}
	ids, places := map[int]bool{}, map[[2]int]bool{}
	var expressions []string
	for _, p := range dashboard.Panels {
		if p.Title == "" || p.Type == "" || len(p.Targets) == 0 || ids[p.ID] || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("the panel %+v is not usable", p)
		}
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if places[[2]int{x, y}] {
					t.Errorf("the panel %q lies on another", p.Title)
				}
				places[[2]int{x, y}] = true
			}
		}
		ids[p.ID] = true
		for _, target := range p.Targets {
			expressions = append(expressions, target.Expr)
		}
	}
	return expressions
}

// TestDashboardShowsValues: every expression has a value for what the manager of the test of the metrics counts, and for a sidecar.
func TestDashboardShowsValues(t *testing.T) {
	var series []string
	for line := range strings.Lines(string(readFile(t, "controllers/posture/testdata/metrics.golden"))) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			cut := strings.LastIndex(line, " ")
			series = append(series, line[:cut]+" "+line[cut+1:]+"x30")
		}
	}
	series = append(series, `chaperone_admission_decisions_total{webhook="pod",outcome="allowed"} 0+1x30`, `chaperone_registration_repairs_total{kind="a",name="b"} 0+1x30`,
		`chaperone_certificate_expiry_timestamp_seconds 1796299200x30`, `chaperone_exchanges_total{direction="ingress",outcome="answered"} 0+1x30`,
		`chaperone_refusals_total{rule="a"} 0+1x30`, `chaperone_redactions_total{kind="email",leg="request"} 0+1x30`,
		`chaperone_exchange_duration_seconds_bucket{direction="ingress",le="1"} 0+1x30`, `chaperone_exchange_duration_seconds_bucket{direction="ingress",le="+Inf"} 0+1x30`,
		`chaperone_would_refuse_total{rule="a"} 0+1x30`, `chaperone_obligations_total{obligation="disclose",result="done"} 0+1x30`,
		`chaperone_audit_available 1x30`)
	m := newMemory(t, series)
	for _, expression := range listDashboard(t) {
		if len(m.query(t, expression, 30*time.Minute)) == 0 {
			t.Errorf("%s shows nothing", expression)
		}
	}
}

// TestMonitoringIsAComponent of an installation.
func TestMonitoringIsAComponent(t *testing.T) {
	folder, err := os.MkdirTemp(".", "monitoring-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	const overlay = "resources: [../../../config/default]\ncomponents: [../../../config/monitoring]\n"
	if err := os.WriteFile(filepath.Join(folder, "kustomization.yaml"), []byte(overlay), 0o600); err != nil {
		t.Fatal(err)
	}
	options := krusty.MakeDefaultOptions()
	options.LoadRestrictions = types.LoadRestrictionsNone
	built, err := krusty.MakeKustomizer(options).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, r := range built.Resources() {
		kinds[r.GetKind()]++
		if r.GetName() == "chaperone-dashboard" && r.GetDataMap()["chaperone.json"] != string(readFile(t, "config/monitoring/dashboard.json")) {
			t.Error("the ConfigMap does not hold the dashboard")
		}
	}
	for _, kind := range []string{"PrometheusRule", "ServiceMonitor", "PodMonitor", "ConfigMap", "Deployment"} {
		if kinds[kind] == 0 {
			t.Errorf("there is no %s", kind)
		}
	}
}
