package redteam

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// rightsRows are the cases R: rights, and borders between tenants.
func rightsRows() []row {
	return []row{
		{id: "R-01", attack: "A tenant approves their own exception, and states an approver in it.", try: selfApproval},
		{id: "R-02a", attack: "A tenant without the verb approves the exception of another.", try: approvalWithoutVerb},
		{id: "R-02b", attack: "A tenant who may write statuses makes an exception active.", try: statusOfException},
		{id: "R-04", attack: "A tenant asks for an exception of all rules.", try: refusesException("spec.rules", func(spec map[string]any) {
			spec["rules"] = []string{"*"}
		})},
		{id: "R-05a", attack: "A tenant asks for an exception without an end.", try: refusesException("spec.expires", func(spec map[string]any) {
			delete(spec, "expires")
		})},
		{id: "R-05b", attack: "A tenant asks for an exception of many years.", try: refusesException("more than 180 days ahead", func(spec map[string]any) {
			spec["expires"] = "2099-12-31"
		})},
		{id: "R-05c", attack: "A tenant extends an approved exception.", try: extendedException},
		{id: "R-07", attack: "The roles of Kubernetes for tenants (view, edit, admin) include rights on Chaperone's resources.", try: aggregatedRoles},
		{id: "R-08", attack: "A tenant has Chaperone read an object of another namespace for them.", try: referencesStayInside},
		{id: "R-10", attack: "A namespace admin impersonates the manager.", try: impersonatedManager},
		{id: "R-11", attack: "A tenant takes the token of the sidecar out of a pod.", try: tokenOfSidecar},
		{id: "R-13", attack: "A tenant who may write statuses forges the status of a declaration.", alone: true,
			try: refuses(broad, merge, declarations(shop)+"/support/status"+dryRun, `{"status":{"outcome":"Allow"}}`, "chaperone floor")},
		{id: "R-14", attack: "The sidecar of a tenant asks for the evidence of another.", cannot: "There is no store of evidence: each sidecar writes records to its own standard output only."},
		{id: "R-16", attack: "A tenant makes the manager write roles.", try: rightsOfManager},
		{id: "R-17", attack: "A tenant creates a pod in the namespace of the manager.", try: namespaceOfManager},
		{id: "R-19", attack: "A tenant asks again and again whether a person is a customer.", cannot: "There is no resource for the requests of persons, so there is nothing to ask."},
		{id: "R-20", attack: "A tenant stops all deletion by a legal hold.", cannot: "There is no resource for legal holds."},
	}
}

// exception asks to waive a rule of the shop's chatbot for a month.
func exception(name string, changes ...func(map[string]any)) map[string]any {
	spec := map[string]any{
		"chatbot": "support", "rules": []string{"rights.responseDays"}, "reason": "Migration of the archive", "ticket": "T-1",
		"compensatingControl": "Weekly deletion by hand", "expires": time.Now().UTC().AddDate(0, 1, 0).Format(time.DateOnly),
	}
	for _, change := range changes {
		change(spec)
	}
	return map[string]any{
		"apiVersion": "chaperone.dev/v1alpha1", "kind": "PolicyException", "metadata": map[string]any{"name": name}, "spec": spec,
	}
}

// approval approves whatever is there, without a look at it. Chaperone refuses that, and says what is there.
const approval = `{"metadata":{"annotations":{"chaperone.dev/approved-by":"me"}}}`

var digests = regexp.MustCompile(`approved-by=([0-9a-f]{40}) `)

// readApproval returns the patch with which the approver approves the exception as it is.
func (w *world) readApproval(t *testing.T, path string) string {
	t.Helper()
	var found []string
	eventually(t, "what the approval is for", func() error {
		a := w.call(t, approver, merge, path+dryRun, approval)
		if found = digests.FindStringSubmatch(a.message()); found == nil {
			return errors.New(a.message())
		}
		return nil
	})
	return strings.ReplaceAll(approval, `"me"`, `"`+found[1]+`"`)
}

// ask asks for an exception as the namespace admin, which ends with the test.
func (w *world) ask(t *testing.T, name string) (path string) {
	t.Helper()
	w.must(t, namespaceAdmin, post, exceptions(shop), exception(name))
	path = exceptions(shop) + "/" + name
	t.Cleanup(func() { w.call(t, administrator, remove, path, nil) })
	return path
}

// annotations returns those of the object of an answer.
func annotations(t *testing.T, a answer) map[string]string {
	t.Helper()
	var object struct {
		Metadata struct{ Annotations map[string]string }
	}
	a.decode(t, &object)
	return object.Metadata.Annotations
}

func selfApproval(t *testing.T, w *world) error {
	object := exception("self")
	object["metadata"].(map[string]any)["annotations"] = map[string]any{v1alpha1.AnnotationApprovedBy: "officer", v1alpha1.AnnotationRequestedBy: "another"}
	a := w.must(t, namespaceAdmin, post, exceptions(shop), object)
	path := exceptions(shop) + "/self"
	defer w.call(t, administrator, remove, path, nil)
	if got := annotations(t, a); got[v1alpha1.AnnotationApprovedBy] != "" || !strings.HasSuffix(got[v1alpha1.AnnotationRequestedBy], string(namespaceAdmin)) {
		return fmt.Errorf("the annotations are those of the tenant: %v", got)
	}
	return w.call(t, namespaceAdmin, merge, path, approval).refusedWith("the requester of an exception cannot approve it")
}

func approvalWithoutVerb(t *testing.T, w *world) error {
	object := exception("foreign")
	w.must(t, administrator, post, exceptions(shop), object)
	defer w.call(t, administrator, remove, exceptions(shop)+"/foreign", nil)
	return w.call(t, namespaceAdmin, merge, exceptions(shop)+"/foreign", approval).refusedWith("you may not approve exceptions")
}

func statusOfException(t *testing.T, w *world) error {
	status := `{"status":{"conditions":[{"type":"Active","status":"True","reason":"Approved","message":"","lastTransitionTime":"2026-01-01T00:00:00Z"}]}}`
	return w.call(t, broad, merge, w.ask(t, "active")+"/status", status).refusedWith("chaperone floor")
}

func refusesException(text string, change func(map[string]any)) func(*testing.T, *world) error {
	return refuses(namespaceAdmin, post, exceptions(shop)+dryRun, exception("attack", change), text)
}

// extendedException looks whether the approval is still there after a change of the last day.
func extendedException(t *testing.T, w *world) error {
	path := w.ask(t, "extended")
	w.must(t, approver, merge, path, w.readApproval(t, path))
	later := time.Now().UTC().AddDate(0, 2, 0).Format(time.DateOnly)
	a := w.must(t, namespaceAdmin, merge, path, `{"spec":{"expires":"`+later+`"}}`)
	if annotations(t, a)[v1alpha1.AnnotationApprovedBy] != "" {
		return errors.New("the exception is still approved")
	}
	return nil
}

// ourRoles returns the rules of all roles that Chaperone installs, as JSON by kind and name: a Role and a ClusterRole can have one name.
func (w *world) ourRoles(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for kind, path := range map[string]string{"ClusterRole": rbacPath("clusterroles", ""), "Role": rbacPath("roles", "chaperone-system")} {
		var list rbacv1.ClusterRoleList
		w.must(t, administrator, get, path, nil).decode(t, &list)
		for _, role := range list.Items {
			if strings.HasPrefix(role.Name, "chaperone-") || role.Labels["app.kubernetes.io/name"] == "chaperone" {
				rules, err := json.Marshal(role.Rules)
				if err != nil {
					t.Fatal(err)
				}
				found[kind+"/"+role.Name] = string(rules)
			}
		}
	}
	if len(found) < 5 {
		t.Fatalf("these are not all roles: %v", found)
	}
	return found
}

func aggregatedRoles(t *testing.T, w *world) error {
	var list rbacv1.ClusterRoleList
	w.must(t, administrator, get, rbacPath("clusterroles", ""), nil).decode(t, &list)
	for _, role := range list.Items {
		if role.Name != "view" && role.Name != "edit" && role.Name != "admin" {
			continue
		}
		if text := fmt.Sprint(role.Rules); strings.Contains(text, "chaperone.dev") || len(role.Rules) == 0 {
			return fmt.Errorf("ClusterRole %s: %s", role.Name, text)
		}
	}
	return nil
}

// referencesStayInside looks for a field of the declaration and of exceptions that could name an object of another namespace.
func referencesStayInside(t *testing.T, w *world) error {
	for _, resource := range []string{"chatbotdeployments", "policyexceptions"} {
		a := w.must(t, administrator, get, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/"+resource+".chaperone.dev", nil)
		for _, field := range []string{`"namespace":{`, `"configRef":{`, `"secretRef":{`, `"configMapRef":{`, `"secretName":{`} {
			if strings.Contains(strings.ReplaceAll(a.body, " ", ""), field) {
				return fmt.Errorf("%s has the field %s", resource, field)
			}
		}
	}
	return nil
}

const managerUser = "system:serviceaccount:chaperone-system:chaperone-manager"

func impersonatedManager(t *testing.T, w *world) error {
	a := w.callAs(t, namespaceAdmin, managerUser, get, configMaps(shop), nil)
	if err := a.refusedWith("cannot impersonate"); err != nil {
		return err
	}
	for name, rules := range w.ourRoles(t) {
		if strings.Contains(rules, "impersonate") {
			return fmt.Errorf("role %s: %s", name, rules)
		}
	}
	return nil
}

func tokenOfSidecar(t *testing.T, w *world) error {
	a := w.must(t, namespaceAdmin, post, pods(shop)+dryRun, pod(shop, "attack"))
	var created corev1.Pod
	a.decode(t, &created)
	mounted := map[string]bool{}
	for _, m := range created.Spec.InitContainers[0].VolumeMounts {
		mounted[m.Name] = true
	}
	for _, v := range created.Spec.Volumes {
		if mounted[v.Name] && v.Projected != nil {
			return fmt.Errorf("the sidecar mounts the projected volume %s", v.Name)
		}
	}
	return nil
}

func rightsOfManager(t *testing.T, w *world) error {
	roles := w.ourRoles(t)
	rules := roles["ClusterRole/chaperone-manager"] + roles["Role/chaperone-manager"]
	for _, right := range []string{"rbac.authorization.k8s.io", `"escalate"`, `"bind"`, `"impersonate"`, `"*"`, "pods/exec", "serviceaccounts"} {
		if strings.Contains(rules, right) {
			return fmt.Errorf("the manager has %s: %s", right, rules)
		}
	}
	return nil
}

func namespaceOfManager(t *testing.T, w *world) error {
	if err := w.call(t, namespaceAdmin, post, pods("chaperone-system")+dryRun, pod("chaperone-system", "x")).refusedWith("cannot create resource"); err != nil {
		return err
	}
	// Who may create pods there meets the strictest level of pod security.
	privileged := pod("chaperone-system", "x", func(p *corev1.Pod) { p.Spec.HostNetwork = true })
	return w.call(t, administrator, post, pods("chaperone-system")+dryRun, privileged).refusedWith("PodSecurity")
}
