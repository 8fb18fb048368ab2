package redteam

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

func approvalRows() []row {
	return []row{
		{id: "K-08a", attack: "A namespace admin approves their own exception as a service account that they may impersonate.", try: impersonatedApprover},
		{id: "K-08e", attack: "An approver of one matter approves all others.", try: approverGroups},
		{id: "K-08b", attack: "An exception outlives the chatbot for which it was approved.", try: outlivingException},
		{id: "K-08f", attack: "A tenant has an exception approved for one place, and then declares a further one.", try: widenedException},
		{id: "K-08g", attack: "A tenant writes for which chatbot their exception was approved.", try: forgedBinding},
		{id: "K-08h", attack: "A tenant who may write their namespace takes away the label by which a GovernancePolicy selects it.", alone: true, try: unselectedNamespace},
		{id: "K-08k", attack: "A tenant who may write their namespace gives it the label by which a GovernancePolicy that only warns selects namespaces.", alone: true, try: weakenedNamespace},
		{id: "K-08i", attack: "An approver asks for an exception as a service account that they may impersonate, and approves it.", try: ownAccount},
		{id: "K-08j", attack: "An exception is approved while its chatbot is gone, and then counts for whichever has the name next.", try: approvalOfNothing},
		{id: "K-08l", attack: "A tenant changes an exception after its approver has read it, or declares a further place, or makes another exception of its name.", try: changedAfterReading},
		{id: "K-08m", attack: "An approver asks for an exception as a service account of their team, has the account take their own rights in the namespace away, and then approves.",
			try: rightsForAMoment, open: "rights are asked about at the moment of the approval, and nothing says which ones the approver had at the request. " +
				"Approve with accounts that have no rights in the namespaces of teams; audit logs of the API server show the change of the role binding"},
		{id: "K-08c", attack: "A change gives a role of Chaperone a right that nobody has looked at.", try: goldenRoles},
		{id: "K-08d", attack: "A namespace admin grants themselves the right to approve, or break-glass.", try: all(
			refuses(namespaceAdmin, post, rbacPath("rolebindings", shop)+dryRun, binding(namespaceAdmin, "chaperone-exception-approver"), "attempting to grant RBAC permissions"),
			refuses(namespaceAdmin, post, rbacPath("rolebindings", shop)+dryRun, binding(namespaceAdmin, "chaperone-break-glass"), "attempting to grant RBAC permissions"))},
	}
}

func impersonatedApprover(t *testing.T, w *world) error {
	// A pipeline that may approve in this namespace, as some teams have it.
	w.must(t, administrator, post, "/api/v1/namespaces/"+shop+"/serviceaccounts", "metadata: {name: pipeline}")
	grant := strings.ReplaceAll(binding("pipeline", "chaperone-exception-approver"), "namespace: "+peopleNamespace, "namespace: "+shop)
	w.must(t, administrator, post, rbacPath("rolebindings", shop), grant)
	path := w.ask(t, "impersonated")
	var a answer
	eventually(t, "the rights of the service account", func() error {
		a = w.callAs(t, namespaceAdmin, "system:serviceaccount:"+shop+":pipeline", merge, path, approval)
		if strings.Contains(a.message(), "cannot patch") {
			return errors.New(a.message())
		}
		return nil
	})
	return a.refusedWith("service accounts of this namespace approve nothing")
}

// approverGroups has a policy that leaves exceptions about rights to a group, and an approver who is not in it.
func approverGroups(t *testing.T, w *world) error {
	const policies = "/apis/chaperone.dev/v1alpha1/governancepolicies"
	w.must(t, governor, post, policies, `
apiVersion: chaperone.dev/v1alpha1
kind: GovernancePolicy
metadata: {name: matters}
spec: {approvers: [{topics: [rights], groups: [privacy-officers]}]}`)
	defer w.call(t, governor, remove, policies+"/matters", nil)
	path := w.ask(t, "of-rights")
	if err := within(limit, func() error {
		return w.call(t, approver, merge, path+dryRun, approval).refusedWith("rights.responseDays: users of privacy-officers")
	}); err != nil {
		return err
	}
	other := exception("of-retention", func(spec map[string]any) { spec["rules"] = []string{"retention.transcriptMax"} })
	w.must(t, namespaceAdmin, post, exceptions(shop), other)
	defer w.call(t, administrator, remove, exceptions(shop)+"/of-retention", nil)
	path = exceptions(shop) + "/of-retention"
	return admits(approver, merge, path+dryRun, w.readApproval(t, path))(t, w)
}

// widenedException wants the exception to end when the chatbot serves a further place, and to hold again once it is approved again.
func widenedException(t *testing.T, w *world) error {
	const namespace = "widened"
	w.namespace(t, namespace)
	w.declare(t, namespace)
	path := exceptions(namespace) + "/narrow"
	w.must(t, namespaceAdmin, post, exceptions(namespace), exception("narrow"))
	isActive := func(want string) func() error {
		return func() error {
			var got v1alpha1.PolicyException
			w.must(t, namespaceAdmin, get, path, nil).decode(t, &got)
			if len(got.Status.Conditions) == 1 && string(got.Status.Conditions[0].Status) == want {
				return nil
			}
			return fmt.Errorf("want Active %s: %+v", want, got.Status.Conditions)
		}
	}
	w.must(t, approver, merge, path, w.readApproval(t, path))
	if err := within(repairTime, isActive("True")); err != nil {
		return err
	}
	w.must(t, namespaceAdmin, jsonPatch, declarations(namespace)+"/support", `[{"op":"add","path":"/spec/sectors/-","value":"health"}]`)
	if err := within(repairTime, isActive("False")); err != nil {
		return err
	}
	w.must(t, approver, merge, path, w.readApproval(t, path))
	return within(repairTime, isActive("True"))
}

// changedAfterReading reads what an approval would be for, changes it in each way, and then approves what was read.
func changedAfterReading(t *testing.T, w *world) error {
	const namespace, unread = "bait", "an approval states the digest of what was read"
	w.namespace(t, namespace)
	w.declare(t, namespace)
	path := exceptions(namespace) + "/bait"
	w.must(t, namespaceAdmin, post, exceptions(namespace), exception("bait"))
	read := w.readApproval(t, path)
	w.must(t, namespaceAdmin, merge, path, `{"spec":{"rules":["rights.responseDays","retention.transcriptMax"]}}`)
	edited := w.call(t, approver, merge, path, read).refusedWith(unread, "waives retention.transcriptMax, rights.responseDays")
	w.must(t, namespaceAdmin, remove, path, nil)
	w.must(t, namespaceAdmin, post, exceptions(namespace), exception("bait", func(spec map[string]any) { spec["reason"] = "Another" }))
	again := w.call(t, approver, merge, path, read).refusedWith(unread)
	read = w.readApproval(t, path)
	w.must(t, namespaceAdmin, jsonPatch, declarations(namespace)+"/support", `[{"op":"add","path":"/spec/sectors/-","value":"health"}]`)
	widened := within(repairTime, func() error { return w.call(t, approver, merge, path+dryRun, read).refusedWith(unread, "health") })
	a := w.must(t, approver, merge, path, w.readApproval(t, path))
	if !strings.Contains(fmt.Sprint(a.warnings), "approved: it waives rights.responseDays") {
		return fmt.Errorf("the approver is not told what they approved: %q", a.warnings)
	}
	return errors.Join(edited, again, widened)
}

// rightsForAMoment lets the requesting account take the rights of the approver away before the approval.
func rightsForAMoment(t *testing.T, w *world) error {
	const namespace, account = "for-a-moment", "system:serviceaccount:for-a-moment:asker"
	w.namespace(t, namespace)
	w.declare(t, namespace)
	w.must(t, administrator, post, rbacPath("rolebindings", namespace), binding(approver, "edit"))
	w.must(t, administrator, post, "/api/v1/namespaces/"+namespace+"/serviceaccounts", "metadata: {name: asker}")
	for _, role := range []string{"admin", "chatbot-editor"} {
		w.must(t, administrator, post, rbacPath("rolebindings", namespace), strings.ReplaceAll(binding("asker", role), "namespace: "+peopleNamespace, "namespace: "+namespace))
	}
	asAccount := func(method, path string, body any) {
		eventually(t, "the rights of the service account", func() error {
			if a := w.callAs(t, approver, account, method, path, body); !a.ok() {
				return errors.New(a.message())
			}
			return nil
		})
	}
	asAccount(post, exceptions(namespace), exception("mine"))
	asAccount(remove, rbacPath("rolebindings", namespace)+"/approver-edit", nil)
	path := exceptions(namespace) + "/mine"
	// The API server knows after a moment that the rights are gone.
	isRefused := within(repairTime, func() error {
		digest := digests.FindStringSubmatch(w.call(t, approver, merge, path, approval).message())
		if digest == nil {
			return errors.New("it is refused, as it should be")
		}
		if a := w.call(t, approver, merge, path, strings.ReplaceAll(approval, `"me"`, `"`+digest[1]+`"`)); !a.ok() {
			return errors.New(a.message())
		}
		return nil
	})
	if isRefused == nil {
		return errors.New("it was approved")
	}
	return nil
}

// forgedBinding writes the annotation of an approval, with an approval and without.
func forgedBinding(t *testing.T, w *world) error {
	path := w.ask(t, "forged-binding")
	forged := `{"metadata":{"annotations":{"chaperone.dev/approved-for":"mine eu,us-ca"}}}`
	got := annotations(t, w.must(t, namespaceAdmin, merge, path, forged))
	if got[v1alpha1.AnnotationApprovedFor] != "" {
		return fmt.Errorf("annotations %v", got)
	}
	w.must(t, approver, merge, path, w.readApproval(t, path))
	return w.call(t, namespaceAdmin, merge, path, forged).refusedWith("cannot approve it")
}

func outlivingException(t *testing.T, w *world) error {
	const namespace = "outliving"
	w.namespace(t, namespace)
	w.declare(t, namespace)
	path := exceptions(namespace) + "/late"
	w.must(t, namespaceAdmin, post, exceptions(namespace), exception("late"))
	w.must(t, approver, merge, path, w.readApproval(t, path))
	w.must(t, namespaceAdmin, remove, declarations(namespace)+"/support", nil)
	w.declare(t, namespace)
	return within(repairTime, func() error {
		var got v1alpha1.PolicyException
		w.must(t, namespaceAdmin, get, path, nil).decode(t, &got)
		if len(got.Status.Conditions) == 1 && got.Status.Conditions[0].Status == "False" {
			return nil
		}
		return fmt.Errorf("the exception still holds: %+v", got.Status.Conditions)
	})
}

// goldenRoles compares all roles with those that were looked at. -update writes them.
func goldenRoles(t *testing.T, w *world) error {
	text, err := json.MarshalIndent(w.ourRoles(t), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "roles.golden")
	if *update {
		if err := os.WriteFile(path, append(text, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(text)+"\n"); diff != "" {
		return fmt.Errorf("the roles are not those of %s (-want +got):\n%s", path, diff)
	}
	return nil
}

// unselectedNamespace lets a floor depend on labels of the namespace, and takes the namespace away from it.
func unselectedNamespace(t *testing.T, w *world) error {
	const policies, namespace = "/apis/chaperone.dev/v1alpha1/governancepolicies", "unselected"
	path := "/api/v1/namespaces/" + namespace
	if !w.down {
		w.namespace(t, namespace)
		w.must(t, administrator, merge, path, `{"metadata":{"labels":{"tier":"regulated"}}}`)
		w.must(t, governor, post, policies, `
apiVersion: chaperone.dev/v1alpha1
kind: GovernancePolicy
metadata: {name: regulated}
spec:
  floor: Deny
  namespaceSelector:
    matchLabels: {tier: regulated}
    matchExpressions: [{key: trial, operator: DoesNotExist}]`)
	}
	const without, trial = `{"metadata":{"labels":{"tier":null}}}`, `{"metadata":{"labels":{"trial":"yes"}}}`
	// API servers know a new policy after a moment.
	err := within(repairTime, func() error {
		return w.call(t, broad, merge, path+dryRun, without).refusedWith(`GovernancePolicy "regulated"`, "chaperone floor")
	})
	for _, patch := range []string{without, trial} {
		for _, subresource := range []string{"", "/status"} {
			err = errors.Join(err, w.call(t, broad, merge, path+subresource+dryRun, patch).refusedWith(`GovernancePolicy "regulated"`))
		}
	}
	object := map[string]any{}
	w.must(t, administrator, get, path, nil).decode(t, &object)
	object["metadata"].(map[string]any)["labels"] = map[string]string{}
	return errors.Join(err,
		w.call(t, broad, put, path+"/finalize"+dryRun, object).refusedWith(`GovernancePolicy "regulated"`),
		admits(broad, merge, path+dryRun, `{"metadata":{"labels":{"team":"shop"}}}`)(t, w),
		admits(administrator, merge, path+dryRun, without)(t, w))
}

// weakenedNamespace brings a namespace under a policy that only warns. What decides about no policy is free, also the same label with another value.
func weakenedNamespace(t *testing.T, w *world) error {
	const policies, namespace = "/apis/chaperone.dev/v1alpha1/governancepolicies", "weakened"
	path := "/api/v1/namespaces/" + namespace
	if !w.down {
		w.namespace(t, namespace)
		w.must(t, governor, post, policies, `
apiVersion: chaperone.dev/v1alpha1
kind: GovernancePolicy
metadata: {name: trials}
spec:
  enforcement: [{rules: [rights.responseDays], action: Warn}]
  namespaceSelector: {matchLabels: {env: sandbox}}`)
	}
	const sandbox, message = `{"metadata":{"labels":{"env":"sandbox"}}}`, `GovernancePolicy "trials" does not select this namespace`
	// API servers know a new policy after a moment.
	err := within(repairTime, func() error {
		return w.call(t, broad, merge, path+dryRun, sandbox).refusedWith(message, "chaperone floor")
	})
	object := map[string]any{}
	w.must(t, administrator, get, path, nil).decode(t, &object)
	object["metadata"].(map[string]any)["labels"] = map[string]string{"env": "sandbox"}
	return errors.Join(err,
		w.call(t, broad, merge, path+"/status"+dryRun, sandbox).refusedWith(message),
		w.call(t, broad, put, path+"/finalize"+dryRun, object).refusedWith(message),
		admits(broad, merge, path+dryRun, `{"metadata":{"labels":{"env":"production","team":"shop"}}}`)(t, w),
		admits(administrator, merge, path+dryRun, sandbox)(t, w))
}

// ownAccount gives an approver the rights of a team in a namespace, whose service accounts they may then impersonate.
func ownAccount(t *testing.T, w *world) error {
	const namespace = "own-account"
	w.namespace(t, namespace)
	w.declare(t, namespace)
	w.must(t, administrator, post, rbacPath("rolebindings", namespace), binding(approver, "edit"))
	w.must(t, administrator, post, "/api/v1/namespaces/"+namespace+"/serviceaccounts", "metadata: {name: asker}")
	grant := strings.ReplaceAll(binding("asker", "chatbot-editor"), "namespace: "+peopleNamespace, "namespace: "+namespace)
	w.must(t, administrator, post, rbacPath("rolebindings", namespace), grant)
	eventually(t, "the request of the service account", func() error {
		a := w.callAs(t, approver, "system:serviceaccount:"+namespace+":asker", post, exceptions(namespace), exception("mine"))
		if !a.ok() {
			return errors.New(a.message())
		}
		return nil
	})
	return w.call(t, approver, merge, exceptions(namespace)+"/mine", approval).refusedWith("nobody approves what they asked for")
}

// approvalOfNothing deletes the chatbot before the approval.
func approvalOfNothing(t *testing.T, w *world) error {
	const namespace = "approved-nothing"
	w.namespace(t, namespace)
	w.declare(t, namespace)
	w.must(t, namespaceAdmin, post, exceptions(namespace), exception("early"))
	w.must(t, namespaceAdmin, remove, declarations(namespace)+"/support", nil)
	// The cache of the webhook has the declaration for a moment more.
	return within(repairTime, func() error {
		return w.call(t, approver, merge, exceptions(namespace)+"/early"+dryRun, approval).refusedWith("there is nothing that the approval could be for")
	})
}
