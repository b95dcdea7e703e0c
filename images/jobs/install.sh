#!/bin/sh
# Turns a minimal Debian into the root of an image: install.sh LIST [PACKAGE...]
# LIST has the form described in packages.txt; further packages are added to it.
set -eu

list=$1
shift

export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
apt_options=/etc/apt/apt.conf.d/90image
cat > "$apt_options" <<'EOF'
APT::Install-Recommends "false";
Acquire::Languages "none";
# A mirror may lag behind its own expiry date; its signature is checked all the same.
Acquire::Check-Valid-Until "false";
EOF
cat > /etc/dpkg/dpkg.cfg.d/90image <<'EOF'
force-unsafe-io
path-exclude=/usr/share/doc/*
path-exclude=/usr/share/man/*
path-exclude=/usr/share/info/*
path-exclude=/usr/share/lintian/*
path-exclude=/usr/share/locale/*
EOF

# No package may start a service or make a database cluster.
printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d
mkdir -p /etc/postgresql-common
echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf

# CloudNativePG runs PostgreSQL as 26:26, which Debian gives to tape.
sed -i '/^tape:/d' /etc/group /etc/gshadow
grep -q '^postgres:' /etc/passwd || {
  echo 'postgres:x:26:' >> /etc/group
  echo 'postgres:!::' >> /etc/gshadow
  echo 'postgres:x:26:26:PostgreSQL:/var/lib/postgresql:/bin/bash' >> /etc/passwd
  echo 'postgres:!:20000::::::' >> /etc/shadow
}

apt-get -q update
whole=$(sed -e 's/#.*//' "$list" | awk 'NF == 1 { print $1 }')
# The standalone programs keep the whole of systemd out.
apt-get -q -y install $whole "$@" systemd-standalone-sysusers systemd-standalone-tmpfiles

parts=$(mktemp -d)
chmod 755 "$parts"
sed -e 's/#.*//' "$list" | awk 'NF > 1' | while read -r package paths; do
  (cd "$parts" && apt-get -q -o APT::Sandbox::User=root download "$package")
  for path in $paths; do
    dpkg-deb --fsys-tarfile "$parts/${package}"_*.deb | tar -x -C / "./$path"
  done
done
rm -rf "$parts"
if [ -d /usr/lib/python3/dist-packages/azure ]; then
  python3 -m compileall -q /usr/lib/python3/dist-packages/azure
fi

# Databases may ask for en_US.UTF-8; C.UTF-8 is part of libc. The sources of the locales go with their package below.
if [ -d /usr/share/i18n ]; then
  mkdir -p /usr/lib/locale
  localedef --no-archive -i en_US -f UTF-8 en_US.UTF-8
fi

# The wrappers in Perl choose among clusters of the machine: an image has none, and its PATH names the real programs.
dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' |
  awk '$1 == "ii" && $2 ~ /^(postgresql-(client-)?common|ssl-cert|ucf|libjson-perl|perl|perl-modules-.*|libperl5.*|locales|libc-l10n)$/ { print $2 }' |
  xargs -r dpkg --purge --force-depends
install -d -m 0755 -o 26 -g 26 /var/lib/postgresql
install -d -m 0700 -o 26 -g 26 /var/lib/postgresql/data
install -d -m 2775 -o 26 -g 26 /run/postgresql

# Barman speaks to object stores only; botocore describes 400 services.
find / -xdev -path '*/botocore/data/*' -prune -type d \
  ! -name s3 ! -name s3control ! -name sts ! -name sso ! -name sso-oidc -exec rm -rf {} +

rm -rf /usr/share/doc/* /usr/share/man/* /usr/share/info/* /usr/share/lintian/* /usr/share/locale/* \
  /var/cache/apt/* /var/cache/debconf/*-old /var/lib/apt/lists/* /var/log/* \
  /etc/postgresql-common /usr/sbin/policy-rc.d "$apt_options" /etc/dpkg/dpkg.cfg.d/90image
