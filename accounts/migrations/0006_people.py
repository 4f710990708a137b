import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

from accounts.tenancy import add_tenant_keys


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_settings_tags_audit'),
    ]

    operations = [
        migrations.AddField(
            model_name='membership',
            name='seen_at',
            field=models.DateTimeField(blank=True, help_text='Noted every quarter of an hour', null=True),
        ),
        migrations.AddField(
            model_name='workspace',
            name='first_steps_hidden',
            field=models.BooleanField(default=False, help_text='Nobody needs the list of first steps any more'),
        ),
        migrations.AddField(
            model_name='workspace',
            name='needs_second_factor',
            field=models.BooleanField(default=False, help_text='Members without a second factor are sent to set one up'),
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('email', models.EmailField(help_text='In small letters; who signs in with another one cannot accept it', max_length=254)),
                ('role', models.CharField(choices=[('viewer', 'Viewer'), ('csm', 'CSM'), ('manager', 'Manager'), ('admin', 'Admin')], default='csm', max_length=8)),
                ('hash', models.CharField(max_length=64, unique=True)),
                ('sent_at', models.DateTimeField()),
                ('accepted_at', models.DateTimeField(null=True)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('invited_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.membership')),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.team')),
                ('workspace', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.workspace')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'unscoped',
                'default_manager_name': 'unscoped',
                'constraints': [models.UniqueConstraint(condition=models.Q(('accepted_at', None), ('revoked_at', None)), fields=('workspace', 'email'), name='invitation_open'), models.UniqueConstraint(fields=('workspace', 'id'), name='invitation_in_workspace')],
            },
            managers=[
                ('unscoped', django.db.models.manager.Manager()),
            ],
        ),
        migrations.RunPython(add_tenant_keys("accounts"), migrations.RunPython.noop),
        # Of a version in which django-auditlog's own table was made besides ours.
        migrations.RunSQL("DROP TABLE IF EXISTS auditlog_logentry", migrations.RunSQL.noop),
    ]
