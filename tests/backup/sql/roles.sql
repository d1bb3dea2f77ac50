-- As docs/operations/backup-verify-runbook.md tells to set up the role that dumps. Large objects have no grant of their own.
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'busflow_backup') THEN
    CREATE ROLE busflow_backup LOGIN BYPASSRLS;
    GRANT pg_read_all_data TO busflow_backup;
    ALTER ROLE busflow_backup SET lo_compat_privileges = on;
    CREATE ROLE sample_owner NOLOGIN;
    CREATE ROLE sample_reader LOGIN;
    CREATE ROLE sample_group NOLOGIN;
    GRANT sample_group TO sample_reader;
  END IF;
END $$;
