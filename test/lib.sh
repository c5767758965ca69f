# shellcheck shell=bash
# What the scripts in this folder share: packages, a private build, and a
# throwaway server.  Source it; it makes nothing until asked to.

set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=            # private directory: the copy, the build, the server's data
account=         # the account that builds and runs servers, when root calls
bindir=          # the server's programs
pg_config=${PG_CONFIG:-}
cluster_dropin=/etc/postgresql-common/createcluster.d/tcs-throwaway.conf

# Warnings that are errors here, but for what PostgreSQL's own headers and
# habits make everywhere.
# shellcheck disable=SC2034
warnings=(-Wall -Wextra -Werror -Wno-unused-parameter -Wno-sign-compare
	-Wno-missing-field-initializers)

# The caller's server, make and language settings are not for our processes.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
for name in $(compgen -e PG); do
	[[ $name == PG_CONFIG ]] || unset "$name"
done
export LC_ALL=C.UTF-8
umask 022

say() { printf '== %s\n' "$*" >&2; }

die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

clean_up()
{
	local pid

	set +e
	cd /
	if [[ -n $work ]]; then
		for pid in "$work"/data*/postmaster.pid; do
			[[ ! -f $pid ]] ||
				as_account "$bindir/pg_ctl" stop -D "${pid%/*}" -m immediate -s
		done
		rm -rf "$work"
	fi
	remove_dropin
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# ---------------------------------------------------------------------------
# Packages

as_root()
{
	if [[ $EUID -eq 0 ]]; then "$@"; else sudo "$@"; fi
}

# Go on only if packages can be installed; given are those that are missing.
need_root()
{
	[[ $EUID -eq 0 ]] || { command -v sudo >/dev/null && sudo true; } ||
		die "these packages are missing, and only root can install them: $*"
}

installed()
{
	[[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

apt_update()
{
	as_root apt-get -qq update ||
		say "apt-get update failed; going on with the lists there are"
}

# Install the Debian packages that are missing, and say which.
need()
{
	local package missing=() log

	command -v dpkg-query >/dev/null || return 0
	for package; do
		installed "$package" || missing+=("$package")
	done
	[[ ${#missing[@]} -gt 0 ]] || return 0

	need_root "${missing[@]}"
	say "Missing Debian packages: ${missing[*]}"
	apt_update

	# A server package makes and starts a cluster "main" unless told not to.
	dropin_made=1
	as_root mkdir -p "${cluster_dropin%/*}"
	echo 'create_main_cluster = false' |
		as_root tee "$cluster_dropin" >/dev/null
	log=$(mktemp)
	apt_install --assume-no "${missing[@]}" >"$log" 2>&1 || :
	say "with what they depend on: $(apt_sizes <"$log")"
	say "Fetching them"
	if ! { apt_install -y --download-only "${missing[@]}" &&
		say "Installing them" 2>&3 && apt_install -y "${missing[@]}"; } \
		3>&2 >"$log" 2>&1; then
		cat "$log" >&2
		rm -f "$log"
		die "could not install: ${missing[*]}"
	fi
	rm -f "$log"
	remove_dropin
}

apt_install()
{
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install \
		--no-install-recommends -o DPkg::Lock::Timeout=300 "$@" </dev/null
}

# What apt-get says it is about to do, in short.
apt_sizes()
{
	awk '/newly installed/ { packages = $1 + $3 }
		/^Need to get/ { sub(/^Need to get /, ""); sub(/ of archives.*/, ""); fetch = $0 }
		/^After this operation/ { sub(/^After this operation, /, ""); sub(/ of additional.*/, ""); disk = $0 }
		END { printf "%d packages, %s to fetch, %s on disk\n", packages, fetch, disk }'
}

remove_dropin()
{
	[[ -n ${dropin_made:-} ]] || return 0
	as_root rm -f "$cluster_dropin"
	as_root rmdir --ignore-fail-on-non-empty "${cluster_dropin%/*}"
	dropin_made=
}

# Find the server that PG_CONFIG names, or the release's own; packages given
# are needed too.
need_server()
{
	local version

	if [[ -z $pg_config ]]; then
		command -v apt-get >/dev/null ||
			die "this is no Debian: say PG_CONFIG=/path/to/pg_config"
		version=$(debian_version)
		if [[ -z $version ]]; then
			need_root gcc libc6-dev postgresql postgresql-server-dev-all "$@"
			apt_update
			version=$(debian_version)
		fi
		[[ -n $version ]] || die "apt knows no package postgresql"
		need gcc libc6-dev "postgresql-$version" \
			"postgresql-server-dev-$version" "$@"
		pg_config=/usr/lib/postgresql/$version/bin/pg_config
	else
		need "$@"
	fi
	bindir=$("$pg_config" --bindir) || die "$pg_config does not run"
	[[ -x $bindir/postgres ]] || die "no server beside $pg_config"
	say "$("$pg_config" --version)"
}

# The major version of the server that the release, or the machine, has.
debian_version()
{
	local found

	found=$(apt-cache depends postgresql 2>/dev/null |
		sed -n 's/.*Depends: postgresql-\([0-9]\+\)$/\1/p' | head -n 1)
	if [[ -z $found ]]; then
		found=$(find /usr/lib/postgresql -path '*/bin/pg_config' 2>/dev/null |
			sed 's,.*/postgresql/\([0-9]*\)/.*,\1,' | sort -n | tail -n 1)
	fi
	echo "$found"
}

# ---------------------------------------------------------------------------
# A private copy and its build

# Servers refuse root: root hands everything to an account without rights.
as_account()
{
	if [[ -n $account ]]; then
		runuser -u "$account" -- env HOME="$work" "$@"
	else
		"$@"
	fi
}

# A copy of the sources that builds as if they were fresh, whoever owns the
# objects in the tree.  It lives on disk: /tmp may be memory.
make_copy()
{
	work=$(mktemp -d /var/tmp/tcs.XXXXXX)
	mkdir "$work/source"
	tar -C "$top" --exclude-vcs --exclude='*.o' --exclude='*.d' --exclude='*.bc' \
		--exclude='*.so' --exclude=./results --exclude=./tmp_check \
		--exclude=./log -cf - . |
		tar -C "$work/source" --no-same-owner -xf -
	find "$work/source" -maxdepth 1 -name 'tcs--*.sql' -delete
	if [[ $EUID -eq 0 ]]; then
		account=postgres
		id "$account" >/dev/null 2>&1 || account=nobody
		chown -R "$account:" "$work"
	fi
	cd "$work/source"
}

# Run make in the copy; TCS_MAKE holds variables for it, by default without the
# bitcode for the server's JIT.
make_in_copy()
{
	local settings=()

	read -ra settings <<<"${TCS_MAKE-with_llvm=no}"
	as_account make PG_CONFIG="$pg_config" "$@" "${settings[@]}"
}

build()
{
	make_copy
	[[ -z ${TCS_INSTALLED:-} ]] || return 0
	say "Building in $work"
	make_in_copy -s -j "$(nproc)"
	make_in_copy -s install DESTDIR="$work/root" >/dev/null
}

# ---------------------------------------------------------------------------
# A throwaway server

# Settings with which a server loads the extension from the build; none where
# TCS_INSTALLED says that the server has it.  Servers that the tests start
# themselves read them from TEMP_CONFIG.
extension_settings()
{
	local settings

	[[ -z ${TCS_INSTALLED:-} ]] || return 0
	settings=$(as_account "$bindir/postgres" --describe-config | cut -f 1)
	if grep -qx extension_control_path <<<"$settings"; then
		echo "extension_control_path = '$work/root$("$pg_config" --sharedir):\$system'"
		echo "dynamic_library_path = '$work/root$("$pg_config" --pkglibdir):\$libdir'"
	elif grep -qx extension_destdir <<<"$settings"; then
		echo "extension_destdir = '$work/root'"
	else
		die "this server loads extensions only from its own directories;" \
			"use make install and make installcheck"
	fi
}

# The data of a throwaway server that nobody else reaches: a socket in the
# private directory.  Files given are further settings.
make_cluster()
{
	extension_settings >"$work/extension.conf"
	as_account "$bindir/initdb" -D "$work/data" -U postgres -A trust \
		-E UTF8 --no-locale --no-sync >"$work/initdb.log" ||
		{ cat "$work/initdb.log" >&2; die "initdb failed"; }
	{
		echo "listen_addresses = ''"
		echo "unix_socket_directories = '$work'"
		echo "fsync = off"
		cat "$work/extension.conf" "$@"
	} | as_account tee -a "$work/data/postgresql.conf" >/dev/null
	export PGHOST=$work PGPORT=5432 PGUSER=postgres
	export TEMP_CONFIG=$work/extension.conf
}

start_server()
{
	say "Starting a throwaway server"
	make_cluster "$@"
	launch "$work/data" "$work/server.log"
}

launch()
{
	as_account "$bindir/pg_ctl" start -D "$1" -l "$2" -w -s -o "-p $PGPORT" ||
		{ cat "$2" >&2; die "no server"; }
}

# One of several servers with the same data: number 0, 1 and so on.
start_server_beside()
{
	as_account cp -a "$work/data" "$work/data$1"
	export PGPORT=$((5432 + $1))
	launch "$work/data$1" "$work/server$1.log"
}
