package governance.workload_test

import data.governance.workload.confinement
import data.governance.workload.container
import data.governance.workload.identity
import data.governance.workload.isolation
import data.governance.workload.model
import data.governance.workload.port
import data.governance.workload.sidecar

_app := {
	"field": "spec.containers[0]",
	"image": "registry.example/app@sha256:0000000000000000000000000000000000000000000000000000000000000000",
	"runAsNonRoot": true,
}

# The facts of a governed pod that nothing is wrong with.
_pod := {
	"enforcement": "Deny",
	"declaration": {
		"name": "support",
		"ports": [{"name": "http", "app": true, "taken": true}],
	},
	"pod": {
		"chatbot": "support",
		"governed": true,
		"selected": true,
		"labels": ["chaperone.dev/chatbot"],
		"annotations": ["chaperone.dev/config-hash"],
	},
	"containers": [_app],
	"names": [{"field": "spec.containers[0]", "name": "app"}, {"field": "spec.volumes", "name": "cache"}],
	"portNames": ["chaperone-0"],
	"ports": [{"field": "spec.containers[0].ports", "number": 8080}],
	"literals": [{"field": "spec.containers[0].env", "name": "LOG_LEVEL"}],
	"sidecar": {
		"name": "chaperone",
		"present": true,
		"index": 0,
		"user": 10742,
		"upstreams": ["http://127.0.0.1:23081/vendor/"],
		"appPorts": ["chaperone-0"],
	},
}

_deny := union({sidecar.deny, port.deny, isolation.deny, confinement.deny, identity.deny, container.deny, model.deny})

# What is said of a pod: rule, field, found.
_denied(facts) := {[finding.rule, finding.field, finding.found] | some finding in found} if {
	found := _deny with input as facts
}

_listed(key, values) := object.union(_pod, {key: values})

_with(section, change) := object.union(_pod, {section: change})

_container(change) := object.union(_pod, {"containers": [object.union(_app, change)]})

test_allows_a_pod_that_nothing_is_wrong_with if _denied(_pod) == set()

test_every_finding_has_a_remedy_a_party_and_a_source if {
	found := _deny with input as object.union(_with("pod", {"hostNetwork": true}), {"sidecar": {"index": 1}})
	{[finding.rule, finding.party, finding.action] | some finding in found} == {
		["workload.host_network", "deployer", "deny"],
		["workload.sidecar_first", "platform", "deny"],
	}
	every finding in found {
		finding.remedy != ""
		{point.source.code | some point in finding.sources} == {"kubernetes"}
	}
}

_grouped(facts) := {[finding.rule, finding.group, finding.action] | some finding in found} if {
	found := _deny with input as facts
}

test_effect_denies_and_hygiene_warns if {
	facts := object.union(_container({"image": "app:1"}), {"pod": {"hostPID": true}})
	_grouped(facts) == {
		["workload.host_pid", "effect", "deny"],
		["workload.image_by_digest", "hygiene", "warn"],
	}
}

test_denies_a_pod_without_the_sidecar if {
	facts := _with("sidecar", {"present": false, "index": -1})
	_denied(facts) == {["workload.sidecar_present", "spec.initContainers", null]}
}

test_denies_a_sidecar_that_is_not_first if {
	_denied(_with("sidecar", {"index": 1})) == {["workload.sidecar_first", "spec.initContainers", 1]}
}

test_denies_a_sidecar_that_was_changed if {
	_denied(_with("sidecar", {"differs": [
		{"field": "spec.initContainers[0].image", "found": "other", "required": "sidecar"},
		{"field": "spec.volumes[1].hostPath", "found": {"path": "/"}, "required": null},
	]})) == {[
		"workload.sidecar_unchanged",
		"spec.initContainers[0]",
		["spec.initContainers[0].image", "spec.volumes[1].hostPath"],
	]}
	_denied(_with("sidecar", {"differs": [{"field": "spec.initContainers[0].image", "found": "other", "required": "sidecar"}]})) == {[
		"workload.sidecar_unchanged",
		"spec.initContainers[0].image",
		"other",
	]}
}

_ports(port) := _with("declaration", {"ports": [object.union({"name": "http"}, port)]})

test_denies_a_declared_port_that_no_container_has_and_names_declaration_and_port if {
	facts := _ports({"app": false, "taken": true})
	_denied(facts) == {["workload.governed_port_named", "spec.containers[].ports[].name", ["chaperone-0"]]}
	found := _deny with input as facts
	some finding in found
	finding.required == "http"
	contains_text(finding.remedy, "ChatbotDeployment \"support\" declares it as spec.ports[0].")
}

test_says_which_port_to_name_if_there_is_one_without_a_name if {
	facts := object.union(_ports({"app": false, "taken": true}), {"unnamedPorts": [8080]})
	found := _deny with input as facts
	some finding in found
	contains_text(finding.remedy, "There is one unnamed port, 8080: give it the name http, or declare it by number")
	several := _deny with input as object.union(facts, {"unnamedPorts": [8080, 9090]})
	some other in several
	contains_text(other.remedy, "Give the chatbot's container port this name")
}

contains_text(text, part) if count(split(text, part)) == 2

test_denies_a_port_that_leads_to_the_app if {
	_denied(_ports({"app": true, "taken": false})) == {[
		"workload.governed_port_taken_over",
		"spec.containers[].ports[].name",
		"http",
	]}
}

test_names_the_containers_that_share_a_port if {
	_denied(_ports({"app": true, "taken": false, "containers": ["bot", "ui"]})) == {[
		"workload.governed_port_shared",
		"spec.containers[].ports[].name",
		"http in the containers bot, ui",
	]}
}

test_denies_another_name_of_a_governed_port if {
	other := {"field": "spec.containers[0].ports[1].name", "name": "metrics"}
	_denied(_ports({"app": true, "taken": true, "otherNames": [other]})) == {[
		"workload.governed_port_other_name",
		"spec.containers[0].ports[1].name",
		"metrics",
	]}
}

test_denies_the_namespaces_of_the_host_and_a_shared_one if {
	every field, rule in {
		"hostNetwork": "host_network",
		"hostPID": "host_pid",
		"hostIPC": "host_ipc",
		"shareProcessNamespace": "share_process_namespace",
	} {
		_denied(_with("pod", {field: true})) == {[sprintf("workload.%s", [rule]), sprintf("spec.%s", [field]), true]}
		_denied(_with("pod", {field: false})) == set()
	}
}

_host_path(path, type) := _with("pod", {"hostPaths": [{
	"field": "spec.volumes[0].hostPath",
	"name": "disk",
	"path": path,
	"type": type,
}]})

test_warns_of_paths_of_the_host if {
	every path in ["/data/", "/var/lib/bot/", "/opt/models/", "/etcetera/", "/home/bot/"] {
		_denied(_host_path(path, "")) == {["workload.host_path", "spec.volumes[0].hostPath", "disk"]}
	}
}

test_denies_paths_of_the_node_itself if {
	every path in ["/", "/var/", "/var/lib/kubelet/", "/run/containerd/containerd.sock/", "/opt/", "C:\\var\\lib\\kubelet/"] {
		_denied(_host_path(path, "")) == {["workload.node_path", "spec.volumes[0].hostPath.path", path]}
	}
}

test_denies_sockets_and_devices_of_the_node if {
	every type in ["Socket", "CharDevice", "BlockDevice"] {
		_denied(_host_path("/data/x/", type)) == {["workload.node_path", "spec.volumes[0].hostPath.path", "/data/x/"]}
	}
	{rule | some [rule, _, _] in _denied(_host_path("/data/x/", "File"))} == {"workload.host_path"}
}

_read_only(path) := _with("pod", {"hostPaths": [{
	"field": "spec.volumes[0].hostPath",
	"name": "disk",
	"path": path,
	"readOnly": true,
}]})

test_warns_of_files_of_the_node_that_every_container_may_read if {
	every path in ["/etc/localtime/", "/etc/ssl/certs/", "/etc/ssl/certs/ca.pem/"] {
		_denied(_read_only(path)) == {["workload.host_path", "spec.volumes[0].hostPath", "disk"]}
		_denied(_host_path(path, "")) == {["workload.node_path", "spec.volumes[0].hostPath.path", path]}
	}
	every path in ["/etc/", "/etc/ssl/", "/etc/shadow/", "/etc/localtimes/"] {
		_denied(_read_only(path)) == {["workload.node_path", "spec.volumes[0].hostPath.path", path]}
	}
}

test_reports_ports_that_the_network_policy_closes if {
	other := {"field": "spec.containers[0].ports[1].name", "number": 9090, "name": "metrics"}
	unnamed := {"field": "spec.containers[1].ports[0].name", "number": 6379}
	facts := _with("declaration", {"ports": [{"name": "http", "app": true, "taken": true}], "otherPorts": [other, unnamed]})
	_denied(facts) == {
		["workload.closed_port", other.field, "9090 (metrics)"],
		["workload.closed_port", unnamed.field, "6379, without a name"],
	}
}

test_denies_ports_of_the_host if {
	_denied(_listed("hostPorts", [{"field": "spec.containers[0].ports[].hostPort", "number": 80}])) == {["workload.host_port", "spec.containers[0].ports[].hostPort", 80]}
}

test_denies_privileged_containers if {
	_denied(_listed("privileged", ["spec.containers[0].securityContext.privileged"])) == {[
		"workload.privileged",
		"spec.containers[0].securityContext.privileged",
		true,
	]}
}

test_denies_processes_of_the_host if {
	_denied(_listed("hostProcess", ["spec.containers[0].securityContext.windowsOptions.hostProcess"])) == {[
		"workload.host_process",
		"spec.containers[0].securityContext.windowsOptions.hostProcess",
		true,
	]}
}

_networks(names) := _denied(_listed("networks", [{"field": "metadata.annotations[x]", "name": name} | some name in names]))

test_denies_a_further_network_and_not_that_of_a_plugin_that_attaches_nothing if {
	_networks(["istio-cni", "shop/storage"]) == {["workload.further_network", "metadata.annotations[x]", "shop/storage"]}
	_networks(["default/istio-cni"]) == set()
}

test_denies_proc_without_masks if {
	_denied(_listed("unmaskedProc", ["spec.containers[0].securityContext.procMount"])) == {[
		"workload.unmasked_proc",
		"spec.containers[0].securityContext.procMount",
		"Unmasked",
	]}
}

test_warns_of_containers_without_seccomp_and_of_probes_elsewhere if {
	facts := object.union(_pod, {
		"unconfinedSeccomp": ["spec.containers[0].securityContext.seccompProfile.type"],
		"probeHosts": [{"field": "spec.containers[0].livenessProbe.httpGet.host", "name": "10.0.0.9"}],
	})
	_grouped(facts) == {
		["workload.unconfined_seccomp", "hygiene", "warn"],
		["workload.probe_host", "hygiene", "warn"],
	}
}

test_warns_of_variables_that_are_not_read_and_of_addresses_of_processors if {
	facts := object.union(_pod, {
		"unreadVariables": [{"field": "spec.containers[0].envFrom[0]", "name": "ConfigMap model"}],
		"addresses": [{"field": "spec.hostAliases[0].hostnames", "name": "ollama"}],
	})
	_grouped(facts) == {
		["workload.unread_variables", "hygiene", "warn"],
		["workload.processor_address", "hygiene", "warn"],
	}
}

_capabilities(words) := {"addedCapabilities": [{
	"field": "spec.containers[0].securityContext.capabilities.add",
	"words": words,
}]}

_added(words) := {[rule, found] | some [rule, _, found] in _denied(object.union(_pod, _capabilities(words)))}

test_denies_capabilities_that_bypass_the_sidecar_and_warns_of_others if {
	_added(["NET_ADMIN"]) == {["workload.bypassing_capabilities", ["NET_ADMIN"]]}
	_added(["IPC_LOCK"]) == {["workload.added_capabilities", ["IPC_LOCK"]]}
	_added(["ALL", "CHOWN", "unknown"]) == {
		["workload.bypassing_capabilities", ["ALL", "unknown"]],
		["workload.added_capabilities", ["CHOWN"]],
	}
}

test_denies_tracing_only_where_processes_are_shared if {
	_added(["SYS_PTRACE"]) == {["workload.added_capabilities", ["SYS_PTRACE"]]}
	every field in ["shareProcessNamespace", "hostPID"] {
		facts := object.union(_with("pod", {field: true}), _capabilities(["SYS_PTRACE"]))
		"workload.bypassing_capabilities" in {rule | some [rule, _, _] in _denied(facts)}
	}
}

_ephemeral := [{"field": "spec.ephemeralContainers[0]", "name": "debug"}]

test_denies_ephemeral_containers_unless_the_glass_is_broken if {
	denied := {["workload.ephemeral_container", "spec.ephemeralContainers[0]", "debug"]}
	_denied(_listed("ephemeral", _ephemeral)) == denied
	_denied(object.union(_listed("ephemeral", _ephemeral), {"breakGlass": false})) == denied
	_denied(object.union(_listed("ephemeral", _ephemeral), {"breakGlass": true})) == set()
	_denied(_listed("ephemeral", [])) == set()
}

_users(change) := object.union(_pod, {"containers": [object.union(object.remove(_app, ["runAsNonRoot"]), change)]})

test_denies_containers_that_may_run_as_root if {
	every user in [{}, {"runAsUser": 0}, {"runAsNonRoot": false}, {"runAsUser": 0, "runAsNonRoot": true}] {
		{rule | some [rule, _, _] in _denied(_users(user))} == {"workload.run_as_root"}
	}
}

test_allows_containers_that_do_not_run_as_root if {
	every user in [{"runAsUser": 1}, {"runAsNonRoot": true}, {"runAsUser": 1000, "runAsNonRoot": false}] {
		_denied(_users(user)) == set()
	}
}

test_denies_the_user_of_the_sidecar if {
	_denied(_users({"runAsUser": 10742})) == {[
		"workload.run_as_sidecar_user",
		"spec.containers[0].securityContext.runAsUser",
		10742,
	]}
	_denied(_users({"runAsUser": 10743})) == set()
}

test_denies_a_service_account_token if {
	facts := _with("pod", {"tokens": [{"field": "spec.automountServiceAccountToken", "name": "unset"}]})
	_denied(facts) == {["workload.service_account_token", "spec.automountServiceAccountToken", "unset"]}
}

_label := "metadata.labels[chaperone.dev/chatbot]"

test_denies_a_label_that_is_missing_or_names_another if {
	_denied(_with("pod", {"chatbot": "sales"})) == {["workload.label_and_declaration", _label, "sales"]}
	facts := object.union(object.remove(_pod, ["pod"]), {"pod": object.remove(_pod.pod, ["chatbot"])})
	_denied(facts) == {["workload.label_and_declaration", _label, null]}
}

test_denies_a_pod_that_the_selector_does_not_match if {
	_denied(_with("pod", {"selected": false})) == {["workload.label_and_declaration", "metadata.labels", "support"]}
}

_undeclared := object.union(object.remove(_pod, ["declaration"]), {"pod": {"governed": false}})

test_denies_a_pod_that_claims_an_undeclared_chatbot if {
	_denied(_undeclared) == {["workload.label_and_declaration", _label, "support"]}
}

test_a_pod_without_declaration_and_claim_is_not_ours if {
	_denied(object.union(object.remove(_undeclared, ["pod"]), {"pod": object.remove(_undeclared.pod, ["chatbot"])})) == set()
}

test_denies_keys_that_are_not_known if {
	facts := _with("pod", {"labels": ["chaperone.dev/chat-bot"], "annotations": ["chaperone.dev/chatbot"]})
	_denied(facts) == {
		["workload.unknown_annotation", "metadata.labels", "chaperone.dev/chat-bot"],
		["workload.unknown_annotation", "metadata.annotations", "chaperone.dev/chatbot"],
	}
}

test_denies_images_without_digest if {
	every image in [
		"registry.example/app:1",
		"registry.example/app@sha256:00",
		"@sha256:0000000000000000000000000000000000000000000000000000000000000000",
		"",
	] {
		_denied(_container({"image": image})) == {["workload.image_by_digest", "spec.containers[0].image", image]}
	}
}

test_denies_images_of_volumes_without_digest if {
	field := "spec.volumes[0].image.reference"
	_denied(_listed("imageVolumes", [{"field": field, "name": "code:1"}])) == {["workload.image_by_digest", field, "code:1"]}
	_denied(_listed("imageVolumes", [{"field": field, "name": _app.image}])) == set()
}

_model(change) := _listed("modelURLs", [object.union(
	{"field": "spec.containers[0].env[OPENAI_BASE_URL].value"},
	change,
)])

_literals(names) := _listed("literals", [{"field": "spec.containers[0].env", "name": name} | some name in names])

test_denies_model_urls_that_do_not_lead_to_the_sidecar if {
	every url in [
		"https://user:secret@api.model.example/v1",
		"http://127.0.0.1:23081",
		"http://127.0.0.1:23081/other",
		"http://127.0.0.1:23081/vendor.example/v1",
		"http://127.0.0.1:23081.example/vendor",
	] {
		_denied(_model({"value": url})) == {[
			"workload.model_base_url",
			"spec.containers[0].env[OPENAI_BASE_URL].value",
			"another URL",
		]}
	}
}

test_shows_the_host_of_a_model_url if {
	_denied(_model({"value": "https://user:secret@api.model.example/v1", "host": "api.model.example"})) == {[
		"workload.model_base_url",
		"spec.containers[0].env[OPENAI_BASE_URL].value",
		"api.model.example",
	]}
}

test_denies_a_credential_without_a_model_url if {
	_denied(_model({"host": "api.openai.com", "credential": "OPENAI_API_KEY"})) == {[
		"workload.model_base_url",
		"spec.containers[0].env[OPENAI_BASE_URL].value",
		"api.openai.com by default, because of OPENAI_API_KEY",
	]}
}

test_denies_a_model_by_websocket if {
	_denied(_model({"value": "wss://api.openai.com/v1/realtime", "host": "api.openai.com"})) == {[
		"workload.model_base_url",
		"spec.containers[0].env[OPENAI_BASE_URL].value",
		"api.openai.com by WebSocket",
	]}
}

test_denies_a_model_url_of_a_config_map if {
	_denied(_model({"host": "api.openai.com", "source": "ConfigMap bot"})) == {[
		"workload.model_base_url",
		"spec.containers[0].env[OPENAI_BASE_URL].value",
		"api.openai.com in ConfigMap bot",
	]}
}

test_denies_model_urls_that_are_not_literal if {
	_denied(_model({})) == {["workload.model_base_url", "spec.containers[0].env[OPENAI_BASE_URL].value", null]}
}

test_allows_model_urls_of_declared_processors if {
	every url in ["http://127.0.0.1:23081/vendor", "http://127.0.0.1:23081/vendor/v1"] {
		_denied(_model({"value": url})) == set()
	}
}

test_denies_model_urls_with_a_path_that_the_sidecar_does_not_serve if {
	url := "http://127.0.0.1:23081/vendor/llm/v1"
	unserved := {"shape": "openai-chat", "paths": ["/v1/chat/completions"]}
	_denied(_model({"value": url, "unserved": unserved})) == {[
		"workload.model_path",
		"spec.containers[0].env[OPENAI_BASE_URL].value",
		"a path that openai-chat lacks",
	]}
}

test_denies_literal_credentials_by_their_names_only if {
	names := [
		"OPENAI_API_KEY", "APIKEY", "MY_APIKEY", "GITHUB_TOKEN", "token", "CLIENT_SECRET", "DB_PASSWORD", "PGPASSWORD",
		"SECRET_VALUE", "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "PRIVATE_KEY_PEM", "OPENAI_KEY", "AZURE_SEARCH_KEY",
		"JWT_SIGNING_KEY", "ENCRYPTION_KEY", "SSH_KEY", "STORAGE_CONNECTION_STRING", "SLACK_WEBHOOK_URL", "--api-key", "--token",
	]
	_denied(_literals(names)) == {["workload.literal_credentials", "spec.containers[0].env", name] |
		some name in names
	}
}

test_denies_a_url_with_a_password_under_any_name if {
	field := "spec.containers[0].env"
	_denied(_listed("urlPasswords", [{"field": field, "name": "DATABASE_URL"}])) == {[
		"workload.literal_credentials",
		field,
		"DATABASE_URL",
	]}
}

test_allows_other_literals if {
	names := [
		"LOG_LEVEL",
		"DB_PASSWORD_FILE",
		"TOKEN_LIMIT",
		"KEYBOARD",
		"TOKENIZER",
		"MAX_TOKENS",
		"SECRETARY",
		"PASSWORDLESS",
		"TOKENIZERS_PARALLELISM",
		"MAX_TOKEN",
		"EOS_TOKEN",
		"STOP_TOKEN",
		"TOKEN_BUDGET",
		"TOKEN_ENDPOINT",
		"TOKEN_URL",
		"SECRET_ARN",
		"PASSWORD_POLICY",
		"PASS_THROUGH",
		"USE_TOKEN",
		"REFRESH_TOKEN_ENABLED",
		"TOKEN_EXPIRY_SECONDS",
		"TOKEN_MODEL",
		"SECRET_STORE",
		"PUBLIC_KEY",
		"WEBHOOK_URL",
		"--max-token",
	]
	_denied(_literals(names)) == set()
}

test_denies_missing_resources if {
	_denied(_listed("missingResources", [{"field": "spec.containers[0].resources", "words": ["limits.memory"]}])) == {[
		"workload.resources_set",
		"spec.containers[0].resources",
		null,
	]}
}

_placed(placement) := object.union(_pod, {
	"declaration": {"regions": ["eu-1", "eu-2"]},
	"pod": object.union({"regionTerms": []}, placement),
})

test_denies_a_pod_that_may_leave_its_regions if {
	every placement in [
		{},
		{"regionTerms": [[["eu-1"]], []]},
		{"regionTerms": [[["eu-1", "us-1"]]]},
		{"nodeSelectorRegion": "us-1"},
	] {
		{rule | some [rule, _, _] in _denied(_placed(placement))} == {"workload.region_affinity"}
	}
}

test_allows_a_pod_that_stays_in_its_regions if {
	every placement in [
		{"regionTerms": [[["eu-1", "eu-2"]], [["us-1"], ["eu-2"]]]},
		{"nodeSelectorRegion": "eu-1"},
		{"nodeSelectorRegion": "eu-1", "regionTerms": [[]]},
	] {
		_denied(_placed(placement)) == set()
	}
}

test_denies_reserved_names if {
	every name in ["chaperone", "chaperone-1"] {
		_denied(_listed("names", [{"field": "spec.volumes", "name": name}])) == {[
			"workload.reserved_names",
			"spec.volumes",
			name,
		]}
	}
	_denied(_listed("names", [{"field": "spec.volumes", "name": "my-chaperone"}])) == set()
}

test_denies_reserved_ports_from_the_first_to_the_last if {
	field := "spec.containers[0].ports"
	denied := {port | some port in [22999, 23000, 23199, 23200]; count(_denied(_listed("ports", [{"field": field, "number": port}]))) == 1}
	denied == {23000, 23199}
	_denied(_listed("ports", [{"field": field, "number": 23000}])) == {["workload.reserved_names", field, 23000]}
}
