package webhook_test

import (
	"testing"
	"time"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/policy/exception"
)

const (
	pipeline = "system:serviceaccount:shop:pipeline"
	robot    = "system:serviceaccount:office:robot"
)

// Nobody approves what they asked for, also under another name.
func TestApprovalBySomebodyWhoCanActAsTheRequester(t *testing.T) {
	for name, c := range map[string]struct {
		requester, approver string
		groups              string
		rights              []string
		message             string
	}{
		"neither can act as the other": {requester: pipeline, approver: "officer", rights: []string{
			"officer create pods office", "officer impersonate serviceaccounts office pipeline", "officer create serviceaccounts token shop other",
		}},
		"the account is impersonated": {requester: pipeline, approver: "officer", rights: []string{"officer impersonate serviceaccounts shop pipeline"}, message: "you may impersonate it"},
		"the account is impersonated, for exceptions only": {requester: pipeline, approver: "officer", rights: []string{
			"officer impersonate:serviceaccount serviceaccounts shop pipeline", "officer impersonate-on:serviceaccount:patch policyexceptions shop"}, message: "you may impersonate it"},
		"the account is impersonated, not for exceptions": {requester: pipeline, approver: "officer", rights: []string{
			"officer impersonate:serviceaccount serviceaccounts shop pipeline", "officer impersonate-on:serviceaccount:patch pods shop"}},
		"tokens of the account":               {requester: pipeline, approver: "officer", rights: []string{"officer create serviceaccounts token shop pipeline"}, message: "you may create tokens for it"},
		"pods of the account":                 {requester: pipeline, approver: "officer", rights: []string{"officer create pods shop"}, message: "you may run pods as it"},
		"workloads of the account":            {requester: pipeline, approver: "officer", rights: []string{"officer create cronjobs shop"}, message: "you may run pods as it"},
		"a shell in pods of the account":      {requester: pipeline, approver: "officer", rights: []string{"officer create pods exec shop"}, message: "you may open a shell in its pods"},
		"a websocket to pods of the account":  {requester: pipeline, approver: "officer", rights: []string{"officer get pods exec shop"}, message: "you may open a shell in its pods"},
		"the terminal of pods of the account": {requester: pipeline, approver: "officer", rights: []string{"officer create pods attach shop"}, message: "you may open a shell in its pods"},
		"a container in pods of the account":  {requester: pipeline, approver: "officer", rights: []string{"officer update pods ephemeralcontainers shop"}, message: "you may add containers to its pods"},
		"images of pods of the account":       {requester: pipeline, approver: "officer", rights: []string{"officer patch pods shop"}, message: "you may change the images of its pods"},
		"a token Secret of the account":       {requester: pipeline, approver: "officer", rights: []string{"officer get secrets shop"}, message: "you may read its tokens"},
		"all Secrets at once":                 {requester: pipeline, approver: "officer", rights: []string{"officer list secrets shop"}, message: "you may read its tokens"},
		"workloads that are there, by update": {requester: pipeline, approver: "officer", rights: []string{"officer update statefulsets shop"}, message: "you may run pods as it"},
		"workloads that are there, by patch":  {requester: pipeline, approver: "officer", rights: []string{"officer patch cronjobs shop"}, message: "you may run pods as it"},
		"rights that give no token of it": {requester: pipeline, approver: "officer", rights: []string{
			"officer patch jobs shop", "officer get pods shop", "officer get pods log shop", "officer create pods portforward shop", "officer patch deployments scale shop",
			"officer get secrets office", "officer get configmaps shop", "officer update pods status shop",
		}},
		"a person is impersonated":               {requester: "asker", approver: "officer", rights: []string{"officer impersonate users asker"}, message: `the requester "asker" (you may impersonate it)`},
		"who may do everything":                  {requester: pipeline, approver: "officer", rights: []string{"officer impersonate serviceaccounts shop pipeline", "officer * *"}},
		"the requester impersonates the account": {requester: "asker", approver: robot, rights: []string{"asker impersonate serviceaccounts office robot"}, message: `the requester "asker" can act as you (it may impersonate you)`},
		"the requester runs pods as it":          {requester: pipeline, approver: robot, rights: []string{pipeline + " create deployments office"}, message: "(it may run pods as you), and nobody approves what they asked for"},
		"who may grant such rights": {requester: pipeline, approver: "officer", rights: []string{
			"officer create rolebindings shop", "officer bind clusterroles shop admin"}, message: "you may grant the role admin in its namespace"},
		"who may add to such grants": {requester: pipeline, approver: "officer", rights: []string{
			"officer patch rolebindings shop", "officer bind clusterroles shop edit"}, message: "you may grant the role edit in its namespace"},
		"who may grant such rights everywhere": {requester: pipeline, approver: "officer", rights: []string{
			"officer update clusterrolebindings", "officer bind clusterroles cluster-admin"}, message: "you may grant the role cluster-admin in its namespace"},
		"who may write more into a role of the namespace": {requester: pipeline, approver: "officer", rights: []string{
			"officer update roles shop", "officer escalate roles shop"}, message: "you may write any rights into roles that hold in its namespace"},
		"who may write more into a role of the cluster": {requester: pipeline, approver: "officer", rights: []string{
			"officer patch clusterroles", "officer escalate clusterroles"}, message: "you may write any rights into clusterroles that hold in its namespace"},
		"who may write roles and bindings with their own rights only": {requester: pipeline, approver: "officer", rights: []string{
			"officer create rolebindings shop", "officer patch rolebindings shop", "officer update roles shop", "officer create roles shop"}},
		"who may bind and escalate, and write neither bindings nor roles": {requester: pipeline, approver: "officer", rights: []string{
			"officer bind clusterroles shop admin", "officer escalate roles shop", "officer get roles shop", "officer create rolebindings office"}},
		"who may only grant others": {requester: pipeline, approver: "officer", rights: []string{"officer create rolebindings shop", "officer bind clusterroles shop view"}},
		"a group of the requester impersonates": {requester: "asker", groups: `["helpdesk"]`, approver: "officer", rights: []string{"helpdesk impersonate users officer"},
			message: `the requester "asker" can act as you (it may impersonate you)`},
		"another group impersonates": {requester: "asker", groups: `["shop"]`, approver: "officer", rights: []string{"helpdesk impersonate users officer"}},
		"service accounts of the namespace impersonate, for a request without groups": {requester: pipeline, approver: "officer",
			rights: []string{"system:serviceaccounts:shop impersonate users officer"}, message: "can act as you"},
		"service accounts of the namespace impersonate, for a request that names other groups": {requester: pipeline, groups: `["shop"]`, approver: "officer",
			rights: []string{"system:serviceaccounts:shop impersonate users officer"}, message: "can act as you"},
		"all users impersonate, for a request that names no group": {requester: "asker", groups: `[]`, approver: "officer",
			rights: []string{"system:authenticated impersonate users officer"}, message: "can act as you"},
		"the requester runs pods elsewhere": {requester: "asker", approver: robot, rights: []string{"asker create pods shop", "asker impersonate serviceaccounts shop robot"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, allowing(), compliant(t))
			e := requested(map[string]string{v1alpha1.AnnotationRequestedBy: c.requester})
			if c.groups != "" {
				e.Annotations[v1alpha1.AnnotationRequestedByGroups] = c.groups
			}
			s.live.rights = append(c.rights, c.approver+" approve policyexceptions "+e.Namespace+" "+e.Name)
			approved := e.DeepCopy()
			approved.Annotations[v1alpha1.AnnotationApprovedBy], approved.Annotations[v1alpha1.AnnotationApprovedFor] = c.approver, exception.FormatBinding(compliant(t))
			request := change(t, e, approved)
			request.UserInfo.Username = c.approver
			expectRefusal(t, s.ask(t, contract.PathValidateExceptions, request), c.message)
			// API servers wait a few seconds for the webhook.
			if n := len(s.live.reviews); n > 90 {
				t.Errorf("the API server was asked about %d rights", n)
			}
		})
	}
}

// The API server may ask another program about each right.
func TestRightsAreAskedAboutAtTheSameTime(t *testing.T) {
	s := serve(t, allowing(), compliant(t))
	e := requested(map[string]string{v1alpha1.AnnotationRequestedBy: pipeline})
	s.live.rights, s.live.delay = []string{robot + " approve policyexceptions " + e.Namespace + " " + e.Name}, 50*time.Millisecond
	approved := e.DeepCopy()
	approved.Annotations[v1alpha1.AnnotationApprovedBy], approved.Annotations[v1alpha1.AnnotationApprovedFor] = robot, exception.FormatBinding(compliant(t))
	request := change(t, e, approved)
	request.UserInfo.Username = robot
	start := time.Now()
	expectRefusal(t, s.ask(t, contract.PathValidateExceptions, request), "")
	// One after the other, these take more than three seconds.
	if n, took := len(s.live.reviews), time.Since(start); n < 60 || took > 2*time.Second {
		t.Errorf("the API server was asked about %d rights in %s", n, took)
	}
}

// An approval without a chatbot would be for each one that has the name later.
func TestApprovalWithoutAChatbot(t *testing.T) {
	for isInAdvance, message := range map[bool]string{false: "there is nothing that the approval could be for", true: ""} {
		s := serve(t, allowing())
		s.live.allowed = true
		e := requested(nil)
		e.Spec.InAdvance = isInAdvance
		approved := e.DeepCopy()
		approved.Annotations[v1alpha1.AnnotationApprovedBy] = "officer"
		request := change(t, e, approved)
		request.UserInfo.Username = "officer"
		expectRefusal(t, s.ask(t, contract.PathValidateExceptions, request), message)
	}
}
